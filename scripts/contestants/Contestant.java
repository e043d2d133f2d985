// Ways of listing in Java's library, as workers of `fsbench compare --languages`, which compiles this: javac Contestant.java
//
// It speaks fsbench's worker protocol (src/measure/protocol.rs), wanting names or kinds: its attributes tell no inode, and
// Java has no JSON, so only the fields asked for are looked at. A Path holds a name's bytes; its URI tells them. Its user
// and system time come from /proc, in ticks of 10 ms.
import java.io.*;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.*;
import java.util.stream.Stream;

public class Contestant {
    static final byte[] LETTERS = "?fdlpsbc".getBytes(StandardCharsets.US_ASCII);

    /** Counts; and, where a digest is asked for, hashes. */
    static final class Sink {
        final Path root;
        final boolean kinds;
        final MessageDigest sha;
        long entries, nameBytes, errors, sum;
        final long[] counts = new long[8];
        final List<String> first = new ArrayList<>();

        Sink(Path root, boolean kinds, MessageDigest sha) {
            this.root = root;
            this.kinds = kinds;
            this.sha = sha;
        }

        void entry(Path path, int kind) {
            entries++;
            String name = path.getFileName().toString();
            nameBytes += isAscii(name) ? name.length() : bytes(path.getFileName()).length;
            if (kinds) counts[kind]++;
            if (sha == null) return;
            byte[] whole = bytes(path), top = bytes(root);
            int skip = top[top.length - 1] == '/' ? top.length : top.length + 1;
            sha.update(whole, skip, whole.length - skip);
            if (kinds) {
                sha.update((byte) 0);
                sha.update(LETTERS[kind]);
            }
            sum += java.nio.ByteBuffer.wrap(sha.digest()).getLong();
        }

        void error(IOException error) {
            errors++;
            if (first.size() < 8) first.add(String.valueOf(error));
        }

        String tally() {
            return "\"tally\":{\"entries\":" + entries + ",\"name_bytes\":" + nameBytes + ",\"kinds\":"
                + Arrays.toString(counts) + ",\"size_bytes\":0,\"errors\":" + errors + "}";
        }
    }

    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) if (text.charAt(i) >= 0x80) return false;
        return true;
    }

    /** A path's bytes, from its URI's percent signs. */
    static byte[] bytes(Path path) {
        String raw = path.isAbsolute() ? path.toUri().getRawPath() : Path.of("/").resolve(path).toUri().getRawPath().substring(1);
        // toUri looks whether it is a directory, and says so by a slash.
        if (raw.length() > 1 && raw.endsWith("/")) raw = raw.substring(0, raw.length() - 1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) == '%') {
                out.write(Integer.parseInt(raw.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                out.write(raw.charAt(i));
            }
        }
        return out.toByteArray();
    }

    /** The rarer kinds are one to Java: the mode tells them apart. */
    static int kind(Path path, BasicFileAttributes attributes) throws IOException {
        if (attributes.isRegularFile()) return 1;
        if (attributes.isDirectory()) return 2;
        if (attributes.isSymbolicLink()) return 3;
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        switch ((mode >> 12) & 15) {
            case 1: return 4;
            case 12: return 5;
            case 6: return 6;
            case 2: return 7;
            default: return 0;
        }
    }

    interface Strategy {
        void list(Path root, Sink sink) throws IOException;
    }

    static void directoryStream(Path root, Sink sink) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path path : entries) sink.entry(path, 0);
        }
    }

    static void attributes(Path root, Sink sink) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path path : entries) {
                BasicFileAttributes found =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                sink.entry(path, kind(path, found));
            }
        }
    }

    static void walkFileTree(Path root, Sink sink) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<Path>() {
            @Override public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes found) throws IOException {
                if (!dir.equals(root)) sink.entry(dir, 2);
                return FileVisitResult.CONTINUE;
            }
            @Override public FileVisitResult visitFile(Path file, BasicFileAttributes found) throws IOException {
                sink.entry(file, kind(file, found));
                return FileVisitResult.CONTINUE;
            }
            @Override public FileVisitResult visitFileFailed(Path file, IOException error) throws IOException {
                if (file.equals(root)) throw error;
                // A directory that cannot be opened is one all the same, and seen.
                if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) sink.entry(file, 2);
                sink.error(error);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static void walk(Path root, Sink sink) throws IOException {
        try (Stream<Path> paths = Files.walk(root)) {
            paths.forEach(path -> {
                if (!path.equals(root)) sink.entry(path, 0);
            });
        } catch (UncheckedIOException error) {
            throw error.getCause();
        }
    }

    static final Map<String, Strategy> STRATEGIES = Map.of(
        "java/newDirectoryStream", Contestant::directoryStream,
        "java/newDirectoryStream+attributes", Contestant::attributes,
        "java/walkFileTree", Contestant::walkFileTree,
        "java/Files.walk", Contestant::walk);

    static Strategy strategy;
    static Path root;
    static boolean kinds;

    /** The text of a string field; null if it has none. Escapes are undone. */
    static String field(String request, String name) {
        int at = request.indexOf("\"" + name + "\":\"");
        if (at < 0) return null;
        StringBuilder text = new StringBuilder();
        for (int i = at + name.length() + 4; i < request.length(); i++) {
            char c = request.charAt(i);
            if (c == '"') return text.toString();
            if (c != '\\') {
                text.append(c);
                continue;
            }
            c = request.charAt(++i);
            int plain = "bfnrt".indexOf(c);
            if (plain >= 0) text.append("\b\f\n\r\t".charAt(plain));
            else if (c != 'u') text.append(c);
            else {
                text.append((char) Integer.parseInt(request.substring(i + 1, i + 5), 16));
                i += 4;
            }
        }
        return null;
    }

    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') json.append('\\').append(c);
            else if (c >= 0x20 && c < 0x7f) json.append(c);
            else json.append(String.format("\\u%04x", (int) c));
        }
        return json.append('"').toString();
    }

    /** User and system time so far, nanoseconds: /proc/self/stat counts them in hundredths of a second. */
    static long[] times() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1);
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return new long[] {Long.parseLong(fields[11]) * 10_000_000, Long.parseLong(fields[12]) * 10_000_000};
    }

    static String peak() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
            if (line.startsWith("VmHWM:")) return Long.toString(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
        }
        return "null";
    }

    static String answer(String request) throws Exception {
        if (request.startsWith("{\"open\"")) {
            strategy = STRATEGIES.get(field(request, "strategy"));
            String path = field(request, "root"), want = field(request, "want");
            if (strategy == null) return "{\"unsupported\":\"this worker has no such strategy\"}";
            if (path == null) return "{\"unsupported\":\"Java strings cannot carry a path that is not UTF-8\"}";
            if (want.equals("metadata")) return "{\"unsupported\":\"Java's attributes tell no inode\"}";
            root = Path.of(path);
            kinds = want.equals("kinds");
            return "{\"opened\":{\"worker\":" + quoted("Java " + System.getProperty("java.version")) + "}}";
        }
        if (strategy == null) return "{\"failed\":\"nothing is open\"}";
        if (request.startsWith("\"verify\"")) {
            Sink sink = new Sink(root, kinds, MessageDigest.getInstance("SHA-256"));
            strategy.list(root, sink);
            StringJoiner errors = new StringJoiner(",", "[", "]");
            sink.first.forEach(error -> errors.add(quoted(error)));
            return "{\"verified\":{" + sink.tally() + ",\"digest\":\"" + String.format("%016x", sink.sum) + "\",\"errors\":"
                + errors + "}}";
        }
        if (request.startsWith("\"count\"")) return "{\"failed\":\"Java has no call of getppid(2) to mark a listing with\"}";
        long iterations = new BigInteger(request.replaceAll("[^0-9]", "")).longValueExact();
        try { Files.writeString(Path.of("/proc/self/clear_refs"), "5"); } catch (IOException alas) { }
        long[] before = times();
        Sink sink = null;
        long start = System.nanoTime();
        for (long i = 0; i < iterations; i++) {
            sink = new Sink(root, kinds, null);
            strategy.list(root, sink);
        }
        long wall = System.nanoTime() - start;
        long[] after = times();
        return "{\"sampled\":{\"wall_ns\":" + wall + ",\"user_ns\":" + (after[0] - before[0]) + ",\"sys_ns\":"
            + (after[1] - before[1]) + ",\"peak_bytes\":" + peak() + "," + sink.tally() + "}}";
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        for (String line; (line = in.readLine()) != null;) {
            String answer;
            try {
                answer = answer(line);
            } catch (Exception error) {
                answer = "{\"failed\":" + quoted(String.valueOf(error)) + "}";
            }
            out.println(answer);
        }
    }
}
