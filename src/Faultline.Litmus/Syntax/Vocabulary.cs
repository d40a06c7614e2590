using System.Collections.Frozen;

namespace Faultline.Litmus.Syntax;

/// <summary>The words of the language.</summary>
internal static class Vocabulary
{
    public const int MaxWordsPerPage = 2;
    public const int MaxRegister = 99;

    public const string Main = "main";

    public static readonly string[] OperationNames =
    [
        "read", "write", "read_direct", "fsync", "fdatasync", "msync", "ftruncate", "fallocate", "reflink", "madvise", "munmap", "mprotect",
        "fork", "drop_caches", "clwb", "sfence", "crash", "repeat",
    ];

    public static readonly string Operations = $"load (r0 = A[0]), store (A[0] = 1), {string.Join(", ", OperationNames)}";

    public static readonly string[] ConditionStarts = ["exists", "forall", "locations"];

    public static readonly string[] Observables =
    [
        "pte", "writable", "dirty", "pmd", "entry", "huge", "extent", "size", "durable", "durable_size", "faults", "warn", "bug", "sigbus",
        "sigsegv", "crashed", "hang", "reach",
    ];

    public static readonly string[] Predicates = [.. Observables, "not", "true"];

    public static readonly string[] UnmodelledOperations =
        ["O_DIRECT", "mlock", "mremap", "vfork", "sendfile", "splice", "copy_file_range", "sync_file_range"];

    public static readonly string[] UnmodelledMappings = ["MAP_HUGETLB", "MAP_POPULATE", "MAP_LOCKED", "MAP_FIXED"];

    private static readonly FrozenSet<string> Reserved = ((string[])
        [
            .. OperationNames, .. ConditionStarts, .. Predicates, .. UnmodelledOperations, .. FallocateModes.Names.Skip(1),
            "file", "map", "mmap", "process", "mount", Main, "in", "hole", "unwritten", "block", "beyond", "as", "DONTNEED", "HWPOISON",
        ]).ToFrozenSet();

    /// <summary>Whether a name means something already, so that nothing can be declared under it.</summary>
    public static bool IsReserved(string name) => Reserved.Contains(name) || IsNumbered(name, 'r') || IsNumbered(name, 'P');

    public static bool TryRegister(string name, out int number)
    {
        number = -1;
        return IsNumbered(name, 'r') && name.Length <= 3 && int.TryParse(name.AsSpan(1), out number);
    }

    public static bool TryThread(string name, out int number)
    {
        number = -1;
        return IsNumbered(name, 'P') && int.TryParse(name.AsSpan(1), out number);
    }

    /// <summary>A letter and a number without leading zeroes.</summary>
    public static bool IsNumbered(string name, char letter) =>
        name.Length > 1 && name[0] == letter && !name.AsSpan(1).ContainsAnyExceptInRange('0', '9') && (name[1] != '0' || name.Length == 2);

    /// <summary>
    /// <c>; did you mean 'NAME'?</c>, or nothing: the nearest name, or the one that the word only spells longer, as the C constants do
    /// (<c>MAP_SYNC</c>, <c>FALLOC_FL_PUNCH_HOLE</c>).
    /// </summary>
    public static string Hint(string word, params IReadOnlyCollection<string> candidates) =>
        candidates.FirstOrDefault(c => word.EndsWith($"_{c}", StringComparison.OrdinalIgnoreCase)) is { } constant
            ? $"; did you mean '{constant}'?"
            : NearestName.Hint(word, candidates);

    public static string Pages(int count) => count == 1 ? "1 page" : $"{count} pages";

    /// <summary>Joins names for a message and leaves out those beyond the eighth.</summary>
    public static string List(IReadOnlyCollection<string> names) => names.Count switch
    {
        0 => "none",
        <= 8 => string.Join(", ", names.Select(Token.Clip)),
        _ => string.Join(", ", names.Take(8).Select(Token.Clip)) + ", ...",
    };
}
