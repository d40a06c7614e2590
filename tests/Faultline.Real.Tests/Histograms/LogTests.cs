using Faultline.Litmus.Conditions;
using Faultline.Litmus.Verdicts;
using Faultline.Real.Histograms;
using Faultline.Real.Runs;

namespace Faultline.Real.Tests.Histograms;

public sealed class LogTests
{
    private const string Block = """
        # t: kernel 6.12.117+deb12-amd64, xfs (rw,relatime,dax=always), DAX on, 2 CPUs, 5 s
        Test t Allowed
        Histogram (2 states)
        16 *>1:r1=0; A[0]=1;
        352:>1:r1=6; A[0]=1; sigbus.P0=1;
        Ok

        Witnesses
        Positive: 16, Negative: 352
        Condition exists (1:r1=0) is validated
        Hash=0123456789abcdef
        Observation t Sometimes 16 352
        Time t 5.02

        # P1: pwrite: Input/output error, 3 calls of this thread failed

        """;

    [Fact]
    public void Reads_what_a_program_prints()
    {
        Histogram histogram = Single(Block);
        Assert.Equal("t", histogram.TestName);
        Assert.Equal(Quantifier.Exists, histogram.Quantifier);
        Assert.Equal("exists (1:r1=0)", histogram.ConditionText);
        Assert.Equal([new SeenState("1:r1=0; A[0]=1;", 16, true), new SeenState("1:r1=6; A[0]=1; sigbus.P0=1;", 352, false)], histogram.States);
        Assert.Equal((16, 352, 368), (histogram.Positive, histogram.Negative, histogram.Rounds));
        Assert.Equal(Observation.Sometimes, histogram.Observation);
        Assert.Equal(Answer.Ok, histogram.Answer);
        Assert.Equal(2, histogram.Notes.Count);
        Assert.Equal(new Surroundings("6.12.117+deb12-amd64", "xfs", "rw,relatime,dax=always", true, 2), Surroundings.Of(histogram));
    }

    [Fact]
    public void Prints_what_it_reads()
    {
        var text = new StringWriter();
        Single(Block).Write(text);
        Assert.Equal(Lines(Block).Order(), Lines(text.ToString()).Order());
        Assert.Equal(Single(Block).States, Single(text.ToString()).States);
    }

    [Fact]
    public void A_console_with_carriage_returns_and_other_lines_between_holds_it_too() =>
        Assert.Equal(Single(Block).States, Single($"boot\r\n[ 1.0] ready\r\n{Block.Replace("\n", "\r\n", StringComparison.Ordinal)}rc 0\r\n").States);

    [Fact]
    public void The_kernels_messages_may_come_between() =>
        Assert.Equal(Single(Block).States, Single(Block.Replace("\n", "\n[    6.141131] Memory failure: 0x4020a: Recovered\n", StringComparison.Ordinal)).States);

    [Fact]
    public void Histograms_of_one_test_add_up()
    {
        Histogram one = Single(Block), other = Single(Block.Replace("352:>1:r1=6", "40 :>1:r1=7", StringComparison.Ordinal).Replace(" 352", " 40", StringComparison.Ordinal));
        Histogram sum = Histogram.Sum([one, other]);
        Assert.Equal(
            [new SeenState("1:r1=0; A[0]=1;", 32, true), new SeenState("1:r1=6; A[0]=1; sigbus.P0=1;", 352, false), new SeenState("1:r1=7; A[0]=1; sigbus.P0=1;", 40, false)],
            sum.States);
        Assert.Equal((32, 392, 10.04), (sum.Positive, sum.Negative, sum.Seconds));
        Assert.Equal(one.Notes, sum.Notes);
        Assert.Throws<ArgumentException>(() => Histogram.Sum([one, one with { Hash = "f" }]));
    }

    [Theory]
    [InlineData("Histogram (2", "Histogram (two", 3, "expected 'Histogram (N states)'")]
    [InlineData("352:>", "many:>", 5, "expected a state")]
    [InlineData("352:>", "99999999999999999999:>", 5, "expected a state")]
    [InlineData("Hash=", "Hsh=", 13, "expected the lines Condition, Hash")]
    [InlineData("Sometimes 16", "Sometimes", 13, "expected 'Observation NAME")]
    public void A_broken_block_is_told_and_left_out(string old, string instead, int line, string expected)
    {
        LogContents contents = HistogramLog.Parse("log", Block.Replace(old, instead, StringComparison.Ordinal) + Block);
        Assert.Single(contents.Histograms);
        Assert.Equal(line, Assert.Single(contents.Problems).Line);
        Assert.Contains(expected, contents.Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void However_a_log_is_cut_short_what_is_whole_is_read()
    {
        string log = Block + Block;
        for (int length = 0; length <= log.Length; length++)
        {
            LogContents contents = HistogramLog.Parse("log", log[..length]);
            int whole = contents.Histograms.Count(h => h.Rounds == 368);
            Assert.True(whole >= (length >= Block.Length ? 1 : 0));
            Assert.Equal(whole, contents.Histograms.Count);
        }
    }

    [Theory]
    [InlineData("Allowed", 0, 5, 5, Answer.No, Observation.Never)]
    [InlineData("Allowed", 0, 4, 5, Answer.Incomplete, Observation.Unknown)]
    [InlineData("Allowed", 1, 0, 5, Answer.Ok, Observation.Unknown)]
    [InlineData("Forbidden", 1, 4, 5, Answer.No, Observation.Sometimes)]
    [InlineData("Required", 5, 0, 5, Answer.Ok, Observation.Always)]
    [InlineData("Required", 4, 1, 5, Answer.No, Observation.Sometimes)]
    [InlineData("Required", 4, 0, 5, Answer.Incomplete, Observation.Unknown)]
    public void What_is_not_seen_of_a_condition_decides_nothing(string kind, long positive, long negative, long rounds, Answer answer, Observation observation)
    {
        Histogram histogram = Single(Block) with
        {
            Quantifier = kind switch { "Allowed" => Quantifier.Exists, "Forbidden" => Quantifier.NotExists, _ => Quantifier.Forall },
            States = [new SeenState("A[0]=1;", rounds, false)],
            Positive = positive,
            Negative = negative,
        };
        Assert.Equal((answer, observation), (histogram.Answer, histogram.Observation));
    }

    private static Histogram Single(string log)
    {
        LogContents contents = HistogramLog.Parse("log", log);
        Assert.Empty(contents.Problems);
        return Assert.Single(contents.Histograms);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
