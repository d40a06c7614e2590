using System.Text.Json;

namespace Faultline.Cli.Tests;

/// <summary><c>check --strategy</c>: what was covered is said, and never more.</summary>
public sealed class StrategyTests
{
    private const string Seed = "litmus/seed/generic-437.litmus";

    [Theory]
    [InlineData("preemptions:1")]
    [InlineData("random")]
    [InlineData("pct:3")]
    public void A_bug_is_exit_code_1_and_sometimes(string strategy)
    {
        string test = Copy();
        Tool.Result result = Tool.Run("check", test, "-k", "v4.12+pfn-warn", "-f", "ext4", "--strategy", strategy);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Observation generic-437 Sometimes 1 ", result.Output, StringComparison.Ordinal);
        Assert.Contains("shortest schedule: 12 steps", result.Output, StringComparison.Ordinal);
        Assert.Contains($"--violation 'warn(insert_pfn)' --strategy {strategy}", result.Output, StringComparison.Ordinal);
        Assert.Equal(strategy[0] != 'p' || strategy[1] == 'c', result.Output.Contains($"strategy {strategy}, seed 1\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("preemptions:1", "every schedule with at most 1 preemption was explored, and not all with more")]
    [InlineData("random", "10,000 schedules drawn by strategy random, seed 1, of the many that there are")]
    [InlineData("pct:3", "least 1/(2*36^2)")]
    public void No_bug_is_exit_code_3_and_neither_no_nor_never(string strategy, string says)
    {
        Tool.Result result = Tool.Run("check", Seed, "-k", "v4.14", "-f", "ext4", "--strategy", strategy);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Observation generic-437 Unknown", result.Output, StringComparison.Ordinal);
        Assert.Contains("?? Incomplete", result.Output, StringComparison.Ordinal);
        Assert.Contains("NOT A PROOF", result.Output, StringComparison.Ordinal);
        Assert.Contains(says, result.Output, StringComparison.Ordinal);
        Assert.Contains("NO PROOF", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\nNo\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Never", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("as expected", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bound_that_leaves_nothing_out_is_a_proof()
    {
        Tool.Result result = Tool.Run("check", Seed, "-k", "v4.14", "-f", "ext4", "--strategy", "preemptions:100");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Observation generic-437 Never 0 4", result.Output, StringComparison.Ordinal);
        Assert.Contains("Searched 215 states", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_seed_is_printed_and_repeats_the_run()
    {
        string[] command = ["check", Seed, "-k", "v4.14", "-f", "ext4", "--strategy", "random", "--schedules", "50", "--seed"];
        string Numbers(string seed) => Tool.Run([.. command, seed]).Output.Split('\n')
            .Single(l => l.StartsWith("Ran 50 schedules with seed ", StringComparison.Ordinal)).Split(", in ")[0];
        Assert.Equal(Numbers("18446744073709551615"), Numbers("18446744073709551615"));
        Assert.Contains("with seed 18446744073709551615,", Numbers("18446744073709551615"), StringComparison.Ordinal);
        Assert.NotEqual(Numbers("4"), Numbers("5"));
    }

    [Fact]
    public void Json_says_what_was_covered()
    {
        JsonElement Coverage(string strategy)
        {
            Tool.Result result = Tool.Run("check", Seed, "-k", "v4.14", "-f", "ext4", "--json", "--strategy", strategy);
            Assert.Equal(3, result.ExitCode);
            JsonElement check = JsonDocument.Parse(result.Output).RootElement.GetProperty("checks")[0];
            Assert.False(check.GetProperty("complete").GetBoolean());
            Assert.Equal("Incomplete", check.GetProperty("answer").GetString());
            return check.GetProperty("search").GetProperty("coverage");
        }

        Assert.Equal(1, Coverage("preemptions:1").GetProperty("preemptionsExplored").GetInt32());
        Assert.Equal(1UL, Coverage("random").GetProperty("seed").GetUInt64());
        Assert.Equal(10_000, Coverage("pct:2").GetProperty("schedules").GetInt64());
        Assert.InRange(Coverage("pct:3").GetProperty("missedProbability").GetDouble(), 0.01, 0.05);
    }

    [Fact]
    public void Time_bounds_the_number_of_schedules()
    {
        Tool.Result result = Tool.Run("check", Seed, "-k", "v4.14", "-f", "ext4", "--strategy", "random", "--timeout", "0.5", "--brief");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("of strategy random, seed 1, were run", result.Output, StringComparison.Ordinal);
        Assert.Equal("", result.Errors);
    }

    [Fact]
    public void The_command_to_explain_a_finding_works()
    {
        Tool.Result result = Tool.Run(
            "explain", Seed, "--kernel", "v4.12+pfn-warn", "--fs", "ext4", "--violation", "warn(insert_pfn)", "--strategy", "pct:3", "--seed", "1", "--schedules", "10000");
        Assert.Equal(3, result.ExitCode); // the warning is known, and this is no proof
        Assert.Contains("shortest schedule: 12 steps", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expected exhaustive, unreduced, reduced, preemptions:N, random, pct:D or bitstate", "--strategy", "randm")]
    [InlineData("did you mean 'random'?", "--strategy", "randm")]
    [InlineData("expected exhaustive, unreduced, reduced, preemptions:N, random, pct:D or bitstate", "--strategy", "preemptions")]
    [InlineData("expected exhaustive, unreduced, reduced, preemptions:N, random, pct:D or bitstate", "--strategy", "random:3")]
    [InlineData("preemptions:N takes a whole number from 0 to 1000, not '-1'", "--strategy", "preemptions:-1")]
    [InlineData("pct:D takes a whole number from 1 to 16, not '0'", "--strategy", "pct:0")]
    [InlineData("--schedules takes a whole number from 1", "--strategy", "random", "--schedules", "0")]
    [InlineData("--seed takes a whole number from 0", "--strategy", "random", "--seed", "x")]
    [InlineData("--seed and --schedules are for --strategy random and pct:D", "--seed", "3")]
    [InlineData("--seed and --schedules are for --strategy random and pct:D", "--strategy", "preemptions:2", "--schedules", "3")]
    [InlineData("are for the exhaustive strategy", "--strategy", "random", "--write-expected")]
    [InlineData("are for the exhaustive strategy", "--strategy", "preemptions:3", "--verify-determinism")]
    public void What_makes_no_sense_is_bad_input(string says, params string[] options)
    {
        Tool.Result result = Tool.Run(["check", Seed, "-k", "v4.14", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, result.Errors, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    private static string Copy()
    {
        string test = Path.Combine(Directory.CreateTempSubdirectory().FullName, "copy.litmus");
        File.Copy(Path.Combine(Tool.Root, Seed), test);
        return test;
    }
}
