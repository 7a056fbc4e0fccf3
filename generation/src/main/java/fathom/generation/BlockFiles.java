package fathom.generation;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Cache blocks as files, one each, under their keys. A file is written beside its place and
/// renamed, so that whenever the process dies there are only whole files and left-overs, which the
/// next start removes; a checksum finds whatever happened to a file later, and the file is then
/// deleted. When the files together exceed their bound, those not used for the longest time go.
///
/// Reading happens on the engine's thread, writing on a thread of its own, from copies.
final class BlockFiles implements DiskBlocks {
  private static final String SUFFIX = ".block";
  private static final String UNFINISHED = ".unfinished";
  private static final long MAX_PENDING_BYTES = 128L << 20;

  private final Path directory;
  private final long maxBytes;
  private final FileChannel lockFile;
  private final LinkedBlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
  private final Thread writer;
  // Guarded by this: the files with their sizes, least recently used first, and what is on its way.
  private final LinkedHashMap<BlockKey, Long> files = new LinkedHashMap<>(16, 0.75f, true);
  private final Set<BlockKey> pending = new HashSet<>();
  // Files that this process has written or read: the others may be damaged, and are written again.
  private final Set<BlockKey> verified = new HashSet<>();
  private long bytes;
  private long pendingBytes;

  /// A block to be written; without content the sign to end.
  private record Pending(BlockKey key, @Nullable ByteBuffer content) {}

  /// A file that is there at the start.
  private record Present(BlockKey key, long size, FileTime used) {}

  /// Opens a directory, which is made if it does not exist.
  ///
  /// @throws GenerationException if it can't be used, or another engine uses it
  BlockFiles(Path directory, long maxBytes) {
    this.directory = directory;
    this.maxBytes = maxBytes;
    try {
      Files.createDirectories(directory);
      lockFile = lock(directory);
      synchronized (this) {
        readDirectory();
        evict();
      }
    } catch (IOException e) {
      throw new GenerationException("the cache directory %s can't be used".formatted(directory), e);
    }
    writer = Thread.ofPlatform().name("fathom-cache-writer").daemon().start(this::writeAll);
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new GenerationException("the cache directory %s is in use".formatted(directory));
    }
    return channel;
  }

  private void readDirectory() throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(directory, 2)) {
      paths = walk.filter(Files::isRegularFile).toList();
    }
    List<Present> present = new ArrayList<>();
    for (Path path : paths) {
      String name = path.getFileName().toString();
      if (name.endsWith(UNFINISHED)) {
        Files.deleteIfExists(path);
      } else if (name.matches("[0-9a-f]{64}\\" + SUFFIX)) {
        BlockKey key = BlockKey.parse(name.substring(0, 64));
        present.add(new Present(key, Files.size(path), Files.getLastModifiedTime(path)));
      }
    }
    present.sort(Comparator.comparing(Present::used));
    for (Present file : present) {
      files.put(file.key(), file.size());
      bytes += file.size();
    }
  }

  private Path path(BlockKey key) {
    String hex = key.hex();
    return directory.resolve(hex.substring(0, 2)).resolve(hex + SUFFIX);
  }

  @Override
  public synchronized boolean contains(BlockKey key) {
    return files.containsKey(key);
  }

  @Override
  public Found read(BlockKey key, MemorySegment block) {
    Path path = path(key);
    try {
      Found found = BlockFileFormat.read(path, key, block);
      if (found == Found.NOTHING) {
        drop(key);
      } else {
        touch(key, path);
      }
      return found;
    } catch (IOException e) {
      drop(key); // unreadable is as good as damaged: it is computed again
      return Found.NOTHING;
    }
  }

  private void touch(BlockKey key, Path path) throws IOException {
    synchronized (this) {
      files.get(key); // the map orders by last access
      verified.add(key);
    }
    // The order of use outlives the process in the files' times.
    Files.setLastModifiedTime(path, FileTime.from(java.time.Instant.now()));
  }

  private synchronized void drop(BlockKey key) {
    verified.remove(key);
    Long size = files.remove(key);
    if (size != null) {
      bytes -= size;
    }
    try {
      Files.deleteIfExists(path(key));
    } catch (IOException e) {
      // It stays behind, is no longer known, and is dropped again after the next start.
      assert !files.containsKey(key);
    }
  }

  @Override
  public void write(BlockKey key, MemorySegment block, boolean drafted) {
    long size = BlockFileFormat.HEADER_BYTES + block.byteSize();
    synchronized (this) {
      boolean tooMuch = pendingBytes + size > MAX_PENDING_BYTES || size > maxBytes;
      if (tooMuch || verified.contains(key) || !pending.add(key)) {
        return;
      }
      pendingBytes += size;
    }
    queue.add(new Pending(key, BlockFileFormat.encode(key, block, drafted)));
  }

  private void writeAll() {
    try {
      for (Pending next = queue.take(); next.content() != null; next = queue.take()) {
        write(next.key(), next.content());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // only the end of the process interrupts
    }
  }

  private void write(BlockKey key, @Nullable ByteBuffer content) {
    if (content == null) {
      return;
    }
    int size = content.remaining();
    boolean wanted;
    synchronized (this) {
      wanted = pending.contains(key);
    }
    boolean written = wanted && writeFile(path(key), content);
    synchronized (this) {
      pendingBytes -= size;
      if (!pending.remove(key)) {
        drop(key); // all was cleared meanwhile
      } else if (written) {
        Long before = files.put(key, (long) size);
        bytes += size - (before == null ? 0 : before);
        verified.add(key);
        evict();
      }
    }
  }

  private static boolean writeFile(Path path, ByteBuffer content) {
    Path unfinished = path.resolveSibling(path.getFileName() + UNFINISHED);
    try {
      Files.createDirectories(path.getParent());
      try (FileChannel channel =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        while (content.hasRemaining()) {
          channel.write(content);
        }
      }
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (IOException e) {
      return false; // a full disk costs the cache, not the answer
    }
  }

  private void evict() {
    while (bytes > maxBytes && !files.isEmpty()) {
      drop(files.firstEntry().getKey());
    }
  }

  @Override
  public synchronized void clear() {
    pending.clear();
    List.copyOf(files.keySet()).forEach(this::drop);
  }

  @Override
  public synchronized long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    queue.add(new Pending(new BlockKey(0, 0, 0, 0), null));
    try {
      writer.join();
      lockFile.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new GenerationException(
          "the cache directory %s can't be closed".formatted(directory), e);
    }
  }
}
