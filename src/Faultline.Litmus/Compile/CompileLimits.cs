namespace Faultline.Litmus.Compile;

/// <summary>How large a program may be.</summary>
/// <param name="MaxThreads">Threads.</param>
/// <param name="MaxInstructionsPerThread">Instructions of one thread, loops unrolled.</param>
/// <param name="MaxPagesPerFile">Pages of one file.</param>
/// <param name="MaxPagesTotal">Mapped pages: the pages of all mappings of all processes together.</param>
public sealed record CompileLimits(int MaxThreads, int MaxInstructionsPerThread, int MaxPagesPerFile, int MaxPagesTotal)
{
    /// <summary>What an exhaustive search takes.</summary>
    public static CompileLimits Search { get; } = new(8, 64, 12, 16);

    /// <summary>What a single run of one thread takes.</summary>
    public static CompileLimits Cost { get; } = new(1, 1 << 22, 1 << 20, 1 << 20);
}
