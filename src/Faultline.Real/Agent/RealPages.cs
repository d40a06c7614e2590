using Faultline.Kernel.Programs;

namespace Faultline.Real.Agent;

/// <summary>
/// Where a test's pages lie in a real file. Where huge pages can be mapped, the 4 pages that stand for one become its 512: the first two, one
/// that stands for all between, and the last. So sizes, ends and ranges of the test are those of real pages.
/// </summary>
/// <param name="program">The test.</param>
public sealed class RealPages(UserProgram program)
{
    private const int Huge = 512;
    private readonly bool spread =
        program.HugePagePages == UserProgram.SmallHugePage && program.Maps.Any(m => m.Alignment != Alignment.BasePages);

    /// <summary>The real page that a page starts with; that of the page behind the last is the size.</summary>
    public long Start(int page) => !spread ? page
        : ((long)(page / UserProgram.SmallHugePage) * Huge) + (page % UserProgram.SmallHugePage) switch { 3 => Huge - 1, int other => other };

    /// <summary>How many real pages some pages are.</summary>
    public long Count(int first, int pages) => Start(first + pages) - Start(first);
}
