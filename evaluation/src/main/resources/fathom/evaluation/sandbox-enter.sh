# Builds a private root on a size-limited tmpfs inside fresh namespaces, copies the program in, gives
# up every capability and runs it. $1 root, $2 sources, $3 disk bytes, $4 JDK home, $5... command.
set -eu
root=$1; sources=$2; disk=$3; jdk=$4; shift 4
mount -t tmpfs -o "size=$disk,nr_inodes=4096,mode=755" tmpfs "$root"
mkdir -p "$root/usr" "$root/work" "$root/tmp" "$root/proc" "$root/dev" "$root/etc"
mount --rbind /usr "$root/usr"
for dir in bin lib lib64 sbin; do
  if [ -L "/$dir" ]; then ln -s "$(readlink "/$dir")" "$root/$dir"
  elif [ -d "/$dir" ]; then mkdir "$root/$dir"; mount --rbind "/$dir" "$root/$dir"; fi
done
for dir in /etc/java*; do
  if [ -d "$dir" ]; then mkdir -p "$root$dir"; mount --bind "$dir" "$root$dir"; fi
done
case "$jdk" in /usr/*|"") ;; *) mkdir -p "$root$jdk"; mount --rbind "$jdk" "$root$jdk" ;; esac
mount -t proc proc "$root/proc"
for device in null zero urandom random; do
  : > "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"
done
cp -r "$sources/." "$root/work/"
exec chroot "$root" setpriv --bounding-set=-all --inh-caps=-all --no-new-privs \
  sh -c 'cd /work; exec "$@"' sh "$@"
