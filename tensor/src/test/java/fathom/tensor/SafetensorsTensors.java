package fathom.tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The bytes of each tensor of a golden safetensors file.
final class SafetensorsTensors {
  private static final Pattern ENTRY =
      Pattern.compile("\"([^\"]+)\":\\{[^}]*\"data_offsets\":\\[(\\d+),(\\d+)\\]");

  private SafetensorsTensors() {}

  static Map<String, MemorySegment> read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment file =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      byte[] header = new byte[(int) file.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)];
      MemorySegment.copy(file, ValueLayout.JAVA_BYTE, 8, header, 0, header.length);
      Map<String, MemorySegment> tensors = new HashMap<>();
      Matcher entries = ENTRY.matcher(new String(header, StandardCharsets.UTF_8));
      while (entries.find()) {
        long start = Long.parseLong(entries.group(2));
        long end = Long.parseLong(entries.group(3));
        tensors.put(entries.group(1), file.asSlice(8 + header.length + start, end - start));
      }
      return tensors;
    }
  }
}
