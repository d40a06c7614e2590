using Faultline.Kernel.Programs;

namespace Faultline.Litmus.Syntax;

/// <summary>What the language calls the modes of fallocate(2).</summary>
public static class FallocateModes
{
    private static readonly string[] All = ["", "PUNCH_HOLE", "ZERO_RANGE", "COLLAPSE_RANGE", "INSERT_RANGE"];

    /// <summary>The names, indexed by mode; that of <see cref="FallocateMode.Allocate"/> is empty.</summary>
    public static IReadOnlyList<string> Names => All;

    /// <summary>The name of a mode as it follows the range: <c>, PUNCH_HOLE</c>; nothing for <see cref="FallocateMode.Allocate"/>.</summary>
    public static string Suffix(FallocateMode mode) => mode == FallocateMode.Allocate ? "" : $", {All[(int)mode]}";
}
