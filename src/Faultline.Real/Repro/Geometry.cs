using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Real.Repro;

/// <summary>
/// Where a test's pages lie in a real file. A page of the test is a page of 4 KiB, its two words lie half a page apart. Where huge pages
/// can be mapped, the test's 4 pages become 512: the first two, then one that stands for all between, then the last. So sizes, ends and
/// the misaligned page of the test are those of real pages.
/// </summary>
internal sealed class Geometry(LitmusTest test)
{
    private const int Real = LitmusTest.RealHugePage;

    /// <summary>Some page of the test stands for many real ones.</summary>
    public bool IsSpread { get; } =
        test.HugePagePages != Real && test.Maps.Any(m => m.Alignment != Alignment.BasePages);

    /// <summary>The number of the real page that a page starts with; that of the first page behind the last is the size.</summary>
    public long Start(int page) => IsSpread
        ? ((long)(page / UserProgram.SmallHugePage) * Real) + (page % UserProgram.SmallHugePage) switch { 3 => Real - 1, int first => first }
        : page;

    /// <summary>How many real pages some pages of the test are.</summary>
    public long Length(int first, int count) => Start(first + count) - Start(first);

    /// <summary>A C expression for the byte at which a page or word starts: <c>2 * PAGE + HALF</c>.</summary>
    public string Offset(PageIndex page, int word)
    {
        string start = page.Variable is { } variable ? $"PAGE_START(page_{variable})" : Bytes(Start(page.Number));
        return word <= 0 ? start : start == "0" ? "HALF" : $"{start} + HALF";
    }

    /// <summary>The same as an address in a mapping: <c>map_A[i] + PAGE</c>.</summary>
    public string Address(string map, PageIndex page, int word)
    {
        string offset = Offset(page, word);
        return offset == "0" ? $"map_{map}[i]" : $"map_{map}[i] + {offset}";
    }

    /// <summary>A C expression for the length of pages.</summary>
    public string Size(PageRange pages) => pages.First.Variable is { } variable && IsSpread
        ? $"PAGE_START(page_{variable} + 1) - PAGE_START(page_{variable})"
        : Bytes(pages.First.Variable is null ? Length(pages.First.Number, pages.Count) : pages.Count);

    /// <summary>So many real pages in bytes: <c>2 * PAGE</c>.</summary>
    public static string Bytes(long pages) => pages switch
    {
        0 => "0",
        1 => "PAGE",
        _ => $"{pages} * PAGE",
    };

    /// <summary>
    /// Whether a call on a range does to the real pages what the test says. A collapse, an insertion or a reflink that moves pages to places
    /// of another size does not.
    /// </summary>
    public bool Fits(Statement statement) => !IsSpread || statement switch
    {
        FallocateStatement { Mode: FallocateMode.CollapseRange or FallocateMode.InsertRange } f =>
            f.Pages.Count % UserProgram.SmallHugePage == 0,
        ReflinkStatement { SourcePages.First.Variable: null, TargetPages.First.Variable: null } r =>
            (r.SourcePages.First.Number - r.TargetPages.First.Number) % UserProgram.SmallHugePage == 0,
        ReflinkStatement r => r.SourcePages.First == r.TargetPages.First,
        _ => true,
    };
}
