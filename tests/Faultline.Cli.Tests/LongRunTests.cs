using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Faultline.Cli.Tests;

/// <summary>What a long search promises: it can be killed at any moment and gone on with, and it stops at the memory it may take.</summary>
public sealed partial class LongRunTests : IDisposable
{
    private const string Test = "litmus/history/237388320def-waiters-left-asleep.litmus";
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string File => Path.Combine(folder, "search");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>kill -9 again and again, at moments that differ: the counts at the end are those of a run that nobody killed.</summary>
    [Theory]
    [InlineData("unreduced")]
    [InlineData("reduced")]
    public void Killed_and_gone_on_with_it_ends_with_the_same_counts(string strategy)
    {
        string[] check = ["check", Test, "-k", "v6.12", "-f", "ext4", "--brief", "--strategy", strategy];
        string expected = States(Tool.Run(check).Output);
        int kills = 0;
        for (int milliseconds = 600; ; milliseconds += 130)
        {
            string[] more = ["--checkpoint", File, "--checkpoint-every", "0.05"];
            using Process process = Tool.Start([.. check, .. more, .. System.IO.File.Exists(File) ? ["--resume"] : Array.Empty<string>()]);
            if (process.WaitForExit(milliseconds))
            {
                Assert.Equal(0, process.ExitCode);
                Assert.Equal(expected, States(process.StandardOutput.ReadToEnd()));
                break;
            }

            process.Kill();
            process.WaitForExit();
            kills++;
        }

        Assert.NotEqual(0, kills);
        Assert.False(System.IO.File.Exists(File)); // it is complete
    }

    [Fact]
    public void Stopped_by_a_bound_it_says_how_to_go_on()
    {
        string[] check = ["check", Test, "-k", "v6.12", "-f", "ext4", "--strategy", "unreduced", "--checkpoint", File];
        Tool.Result first = Tool.Run([.. check, "--max-states", "50000"]);
        Assert.Equal(3, first.ExitCode);
        Assert.Contains("--resume goes on with it", first.Errors, StringComparison.Ordinal);
        Tool.Result second = Tool.Run([.. check, "--resume"]);
        Assert.Equal(0, second.ExitCode);
        string whole = Tool.Run("check", Test, "-k", "v6.12", "-f", "ext4", "--brief", "--strategy", "unreduced").Output;
        Assert.Contains($"Searched {States(whole)}", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_is_met_is_told_and_a_lossy_mode_is_offered_not_entered()
    {
        Tool.Result result = Tool.Run("check", Test, "-k", "v6.12", "-f", "ext4", "--strategy", "unreduced", "--max-memory", "2M");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("stopped by 2 MiB of memory", result.Output, StringComparison.Ordinal);
        Assert.Contains("--strategy bitstate, which proves nothing", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Never", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Bitstate_says_that_it_proves_nothing()
    {
        Tool.Result result = Tool.Run("check", "litmus/seed/generic-437.litmus", "-k", "v4.14", "-f", "ext4", "--strategy", "bitstate", "--max-memory", "1M");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("NOT A PROOF: of each state only three bits were kept", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Never", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--resume and --checkpoint-every need --checkpoint FILE", "--resume")]
    [InlineData("a checkpoint holds one search; 2 were asked for", "--checkpoint", "x", "-f", "all")]
    [InlineData("there is no folder", "--checkpoint", "no/such/folder/x", "-f", "ext4")]
    [InlineData("--max-memory takes a size like 512M or 8G, not 'much'", "--max-memory", "much")]
    [InlineData("--checkpoint is for the strategies exhaustive, unreduced and reduced", "--checkpoint", "x", "-f", "ext4", "--strategy", "random")]
    public void What_makes_no_sense_is_bad_input(string says, params string[] options)
    {
        Tool.Result result = Tool.Run(["check", "litmus/seed/generic-437.litmus", "-k", "v6.12", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_checkpoint_is_bad_input()
    {
        System.IO.File.WriteAllText(File, "no checkpoint");
        Tool.Result result = Tool.Run("check", "litmus/seed/generic-437.litmus", "-k", "v6.12", "-f", "ext4", "--checkpoint", File, "--resume");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is no checkpoint, or a damaged one", result.Errors, StringComparison.Ordinal);
    }

    private static string States(string output) => StatesPattern().Match(output).Value;

    [GeneratedRegex(@"[\d,]+ states")]
    private static partial Regex StatesPattern();
}
