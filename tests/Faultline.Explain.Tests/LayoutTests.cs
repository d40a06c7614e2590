using Faultline.Explain.Text;
using Faultline.Kernel.Fs;

namespace Faultline.Explain.Tests;

/// <summary>How stories are laid out.</summary>
public sealed class LayoutTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(75)]
    [InlineData(60)]
    public void NoLineIsTooLong(int width)
    {
        foreach (FilesystemKind fs in Enum.GetValues<FilesystemKind>())
        {
            AssertFits(Checks.Run(Checks.CowRace, "v4.12+pfn-warn", fs).Explain("warn(insert_pfn)", new TextOptions(width)), width);
            AssertFits(Checks.Run(Checks.HoleRace, "v6.15", fs).Explain("refinement", new TextOptions(width, Whole: true)), width);
            AssertFits(Checks.Run(Checks.FourThreads, "v4.14", fs).Explain("condition", new TextOptions(width, Whole: true)), width);
        }
    }

    [Fact]
    public void EachThreadKeepsToItsColumn()
    {
        var columns = new Columns(["P0", "P1"], 100);
        Assert.False(columns.IsStaggered);
        string heading = columns.Heading().First();
        int second = heading.IndexOf("P1", StringComparison.Ordinal);
        string text = string.Join(' ', Enumerable.Repeat("word", 30));
        Assert.All(columns.Cell("7", 0, 1, text), line => Assert.True(line.Length < second, line));
        Assert.All(columns.Cell("7", 1, 1, text), line => Assert.True(line[6..second].All(c => c == ' '), line));
        Assert.StartsWith("   7  ", columns.Cell("7", 1, 1, text).First());
    }

    [Fact]
    public void ManyThreadsGetStaggeredColumnsAndTheirNamesInFront()
    {
        var columns = new Columns(["P0", "P1", "P2", "P3"], 100);
        Assert.True(columns.IsStaggered);
        Assert.True(columns.ColumnWidth >= 40);
        string line = columns.Cell("12", 2, 0, "reads block 0: 7").Single();
        Assert.StartsWith("  12  P2 ", line);
        Assert.Equal(columns.Heading().First().IndexOf("P2", StringComparison.Ordinal), line.IndexOf("reads", StringComparison.Ordinal));
    }

    [Fact]
    public void RulesFillTheWidth()
    {
        var columns = new Columns(["P0", "P1"], 80);
        Assert.All(columns.Rule("P0 is done"), line => Assert.Equal(80, line.Length));
        List<string> lines = [.. columns.Rule(string.Join(' ', Enumerable.Repeat("mmap_lock(r),", 10)))];
        Assert.True(lines.Count > 1);
        Assert.Equal(80, lines[^1].Length);
    }

    [Theory]
    [InlineData("a b c", 3, 0, "a b|c")]
    [InlineData("aaaa b", 3, 0, "aaaa|b")]
    [InlineData("  one two three", 9, 4, "  one two|    three")]
    [InlineData("unbreakable", 3, 1, "unbreakable")]
    [InlineData("", 3, 1, "")]
    public void TextBreaksAtSpaces(string text, int width, int hanging, string lines) =>
        Assert.Equal(lines, string.Join('|', Wrap.Lines(text, width, hanging)));

    private static void AssertFits(string text, int width) =>
        Assert.All(text.Split('\n').Where(l => !l.StartsWith("    ", StringComparison.Ordinal) || !l.Contains(';')), line =>
            Assert.True(line.Length <= width, $"{line.Length} columns: {line}"));
}
