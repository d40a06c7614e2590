using Faultline.Litmus.Expectations;
using Faultline.Litmus.Verdicts;

namespace Faultline.Litmus.Tests;

public class ExpectationTests
{
    private const string Text =
        """
        # Lines are kernels, filesystems, observation, known violations.
        v4.12+pfn-warn ext4,xfs: Sometimes; warn(insert_pfn)

        v4.9 xfs: Never
        v4.12,v4.10 ext4: Always;refinement,I6 , I6  # a reason
        v4.12 xfs: Always; I6, refinement
        """;

    [Fact]
    public void Parses_and_finds()
    {
        ExpectedFile file = Parse(Text);

        Assert.Equal(Expectation.Of(Observation.Sometimes, "warn(insert_pfn)"), file.Find("v4.12+pfn-warn", "xfs"));
        Assert.Equal(Expectation.Of(Observation.Always, "I6", "refinement"), file.Find("v4.10", "ext4"));
        Assert.Equal(Expectation.Of(Observation.Never), file.Find("v4.9", "xfs"));
        Assert.Null(file.Find("v4.9", "ext4"));
        Assert.Equal(6, file.Entries.Count);
    }

    [Fact]
    public void Writes_grouped_and_sorted_and_reads_that_back()
    {
        string written = Parse(Text).Write();

        Assert.Equal(
            """
            # Lines are kernels, filesystems, observation, known violations.
            # a reason
            v4.9 xfs: Never
            v4.10 ext4: Always; I6, refinement
            v4.12 ext4,xfs: Always; I6, refinement
            v4.12+pfn-warn ext4,xfs: Sometimes; warn(insert_pfn)

            """,
            written);
        Assert.Equal(written, Parse(written).Write());
    }

    [Fact]
    public void Kernels_that_do_the_same_share_a_line()
    {
        ExpectedFile file = Parse("v4.10 xfs: Never\nv4.9 ext4,xfs: Never\nv5.1 ext4,xfs: Never\n")
            .With("v4.10", "ext4", Expectation.Of(Observation.Never))
            .With("v5.1", "xfs", Expectation.Of(Observation.Always, "deadlock", "race(pte)"));

        Assert.Equal("v4.9,v4.10 ext4,xfs: Never\nv5.1 ext4: Never\nv5.1 xfs: Always; deadlock, race(pte)\n", file.Write());
    }

    [Theory]
    [InlineData("v4.12 ext4 Never", "e:1:12: expected ':' and Never, Sometimes or Always, found 'Never'")]
    [InlineData("v4.12 ext4: Nevr", "e:1:13: expected Never, Sometimes or Always, found 'Nevr'; did you mean 'Never'?")]
    [InlineData("v4.12 ext4:", "e:1:12: expected Never, Sometimes or Always, found the end of the line")]
    [InlineData("v4.12 etx4: Never", "e:1:7: unknown filesystem 'etx4'; expected ext4 or xfs; did you mean 'ext4'?")]
    [InlineData("# c\n\nv4.12 ext4: Never\nv4.12 xfs,ext4: Always", "e:4:1: v4.12 on ext4 stands here a second time; expected once, as on line 3")]
    [InlineData("v4.12 ext4,ext4: Never", "e:1:1: v4.12 on ext4 stands here a second time; expected once, as on line 1")]
    [InlineData("v4.12 ext4: Never;", "e:1:19: expected the name of a violation, found the end of the line")]
    [InlineData("v4.12 ext4: Never; a b", "e:1:22: expected ',' or the end of the line, found 'b'")]
    [InlineData("v4.12 ext4: Never, a", "e:1:18: expected ';' or the end of the line, found ', a'")]
    [InlineData("v4.12, ext4: Never", "e:1:12: expected a filesystem: ext4, xfs, found ': Never'")]
    [InlineData("?", "e:1:1: expected the name of a kernel version, found '?'")]
    public void Errors(string text, string expected)
    {
        ExpectedResult result = ExpectedFile.Parse("e", text);

        Assert.False(result.IsSuccess);
        Assert.Equal(expected, result.Diagnostics.Single().ToString());
    }

    private static ExpectedFile Parse(string text)
    {
        ExpectedResult result = ExpectedFile.Parse("e", text);
        Assert.Equal([], result.Diagnostics);
        Assert.True(result.IsSuccess);
        return result.File;
    }
}
