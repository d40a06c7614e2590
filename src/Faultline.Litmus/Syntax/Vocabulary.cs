using System.Collections.Frozen;

namespace Faultline.Litmus.Syntax;

/// <summary>The words of the language.</summary>
internal static class Vocabulary
{
    public const int MaxWordsPerPage = 2;
    public const int MaxRegister = 99;

    public static readonly string[] Operations = ["load (r0 = A[0])", "store (A[0] = 1)", "read", "write", "madvise(DONTNEED)", "repeat"];

    public static readonly string[] OperationNames = ["read", "write", "madvise", "repeat"];

    public static readonly string[] ConditionStarts = ["exists", "forall", "locations"];

    public static readonly string[] Predicates =
        ["pte", "writable", "dirty", "entry", "faults", "warn", "bug", "sigbus", "hang", "reach", "not", "true"];

    public static readonly string[] UnmodelledOperations =
    [
        "fsync", "fdatasync", "msync", "ftruncate", "fallocate", "munmap", "mprotect", "fork", "reflink", "drop_caches", "crash",
        "O_DIRECT",
    ];

    public static readonly string[] UnmodelledMappings = ["MAP_SYNC", "sync", "huge", "huge_aligned", "misaligned", "MAP_HUGETLB"];

    public static readonly string[] UnmodelledPredicates = ["durable"];

    private static readonly FrozenSet<string> Reserved = ((string[])
        [
            .. OperationNames, .. ConditionStarts, .. Predicates, .. UnmodelledOperations, .. UnmodelledPredicates,
            "file", "map", "mmap", "hole", "unwritten", "block", "as", "DONTNEED",
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

    /// <summary>Joins names for a message and leaves out those beyond the eighth.</summary>
    public static string List(IReadOnlyCollection<string> names) => names.Count switch
    {
        0 => "none",
        <= 8 => string.Join(", ", names.Select(Token.Clip)),
        _ => string.Join(", ", names.Take(8).Select(Token.Clip)) + ", ...",
    };
}
