namespace Faultline.Real.Conformance;

/// <summary>Random tests of one thread: 3 to 8 operations over two mappings of a file, and a munmap.</summary>
/// <param name="seed">The same seed gives the same tests.</param>
public sealed class SequenceGenerator(int seed)
{
    private const int Huge = 4;
    private static readonly string[] Modes = ["PUNCH_HOLE", "ZERO_RANGE", "COLLAPSE_RANGE", "INSERT_RANGE"];

    // Not System.Random: its sequence is not promised to stay the same from release to release.
    private ulong state = (ulong)seed * 0x9E3779B97F4A7C15;

    /// <summary>The next test.</summary>
    public Sequence Next()
    {
        bool huge = Chance(40);
        int pages = huge ? Chance(80) ? Huge : 2 * Huge : 1 + Below(3);
        int beyond = Chance(20) ? huge ? Huge : 1 : 0;
        pages = Math.Min(pages, 8 - beyond);
        string[] declarations = [File(pages, beyond, huge), Map("A", huge), Map("B", huge && Chance(70))];
        bool[] writable = [.. declarations.Skip(1).Select(d => d.Contains("rw", StringComparison.Ordinal))];
        var operations = new List<string>();
        int count = 3 + Below(6), size = pages;
        for (int register = 0; operations.Count < count;)
        {
            string next = Operation(pages + beyond, huge, writable, ref size, ref register);
            bool refused = operations.Any(o => o.StartsWith("munmap(", StringComparison.Ordinal) && Calls(next, o["munmap(".Length]));
            operations.AddRange(refused ? [] : [next]);
        }

        // With a munmap the model knows that faults try the VMA's lock first, which shows in their events.
        return new Sequence(declarations, operations.Any(o => o.StartsWith("munmap", StringComparison.Ordinal)) ? operations : [.. operations, "munmap(A)"]);
    }

    // Calls on a mapping that is gone are refused; loads and stores are signals.
    private static bool Calls(string operation, char map) =>
        operation.Contains($"({map}", StringComparison.Ordinal);

    // A huge mapping's file is filled evenly more often than not, so that huge pages fit.
    private string File(int pages, int beyond, bool huge)
    {
        var contents = new List<string>();
        string whole = Content();
        bool even = huge && Chance(75);
        for (int page = 0; page < pages; page++)
        {
            contents.Add(even ? whole : Content());
        }

        contents.AddRange(Enumerable.Repeat("beyond", beyond));
        return $"file f = [{string.Join(", ", contents)}]";
    }

    private string Content() => Below(3) switch
    {
        0 => "hole",
        1 => "unwritten",
        _ => $"block {1 + Below(9)}",
    };

    private string Map(string name, bool huge)
    {
        bool shared = Chance(65);
        string kind = $"{(shared ? "shared" : "private")}, {(Chance(88) ? "rw" : "r")}";
        return $"map {name} = mmap(f, {kind}{(shared && Chance(25) ? ", sync" : "")}{(huge ? ", huge" : "")})";
    }

    private string Operation(int pages, bool huge, bool[] writable, ref int size, ref int register)
    {
        int page = Below(pages), map = Below(2), value = 1 + Below(99);
        string name = map == 0 ? "A" : "B", word = Chance(25) ? ".1" : "";
        switch (Below(100))
        {
            case < 26:
                return $"r{register++} = {name}[{page}]{word}";
            case < 54:
                return writable[map] ? $"{name}[{page}]{word} = {value}" : writable[1 - map] ? $"{(map == 0 ? "B" : "A")}[{page}]{word} = {value}" : $"r{register++} = {name}[{page}]";
            case < 62:
                bool inside = page < size; // a part of a page beyond the end would make a size that is no whole page
                size = Math.Max(size, page + 1);
                return Chance(50) && inside ? $"write(f[{page}]{(word.Length > 0 ? word : ".0")}, {value})" : $"write(f[{page}], {value})";
            case < 66:
                return $"r{register++} = read(f[{page}].0)";
            case < 75:
                return Below(4) switch { 0 => "fdatasync(f)", 1 => $"msync({name})", _ => "fsync(f)" };
            case < 80:
                size = Below(pages + 1);
                return $"ftruncate(f, {size})";
            case < 90:
                return Fallocate(pages, huge, ref size);
            case < 97:
                return Chance(50) ? $"madvise({name}, DONTNEED)" : $"madvise({name}[{page}], DONTNEED)";
            case < 98:
                return $"munmap({name})";
            default:
                return "drop_caches";
        }
    }

    private string Fallocate(int pages, bool huge, ref int size)
    {
        int first = Below(pages), last = first + Below(pages - first);
        if (huge && Chance(40))
        {
            (first, last) = (0, Huge - 1);
        }

        string range = first == last ? $"f[{first}]" : $"f[{first}..{last}]";
        string mode = Chance(25) ? "" : Modes[Below(2)];
        // A collapse or insertion moves pages by whole huge pages, where there are such; the ranges end before the end of the file.
        int unit = huge ? Huge : 1;
        if (Chance(25) && size > unit && size % unit == 0)
        {
            bool collapses = Chance(50) || size + unit > pages;
            int at = Below((size / unit) - 1) * unit;
            size += collapses ? -unit : unit;
            return $"fallocate({(unit == 1 ? $"f[{at}]" : $"f[{at}..{at + unit - 1}]")}, {(collapses ? Modes[2] : Modes[3])})";
        }

        if (mode is "" or "ZERO_RANGE")
        {
            size = Math.Max(size, last + 1);
        }

        return mode.Length == 0 ? $"fallocate({range})" : $"fallocate({range}, {mode})";
    }

    private bool Chance(int percent) => Below(100) < percent;

    private int Below(int limit)
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return (int)((state * 0x2545F4914F6CDD1D >> 33) % (ulong)limit);
    }
}
