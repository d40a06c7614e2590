using System.Diagnostics;

namespace Faultline.Cli.Tests;

/// <summary><c>check --shrink</c>: what it prints is a test.</summary>
public sealed class ShrinkTests
{
    private const string Stale = "litmus/findings/munmap-stale-tlb.litmus";

    [Fact]
    public void What_is_printed_is_a_smaller_test_that_fails_in_the_same_way()
    {
        Tool.Result shrunk = Tool.Run("check", Stale, "-k", "v6.12", "-f", "ext4", "--shrink");
        Assert.Equal(0, shrunk.ExitCode); // the violation is a known one
        Assert.Equal("", shrunk.Errors);
        Assert.Contains("was: 3 threads, 5 instructions", shrunk.Output, StringComparison.Ordinal);
        Assert.Contains("now: 3 threads, 3 instructions", shrunk.Output, StringComparison.Ordinal);
        Assert.Contains("tests tried; nothing more can be left out", shrunk.Output, StringComparison.Ordinal);

        string test = Save(shrunk.Output);
        Tool.Result check = Tool.Run("check", test, "-k", "v6.12", "-f", "ext4", "--brief");
        Assert.Equal(1, check.ExitCode);
        Assert.Contains("I4", check.Output, StringComparison.Ordinal);
        Tool.Result again = Tool.Run("check", test, "-k", "v6.12", "-f", "ext4", "--shrink");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("now: 3 threads, 3 instructions", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_wrong_is_nothing_to_shrink()
    {
        Tool.Result result = Tool.Run("check", Stale, "-k", "v7.3", "-f", "ext4", "--shrink");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Contains("nothing is wrong, nothing to shrink", result.Errors, StringComparison.Ordinal);
        Tool.Result drawn = Tool.Run("check", Stale, "-k", "v7.3", "-f", "ext4", "--shrink", "--strategy", "random", "--schedules", "100");
        Assert.Equal(3, drawn.ExitCode);
        Assert.Contains("nothing wrong was found, nothing to shrink", drawn.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_filesystem_is_one_that_the_test_can_run_on() =>
        Assert.Contains("on v6.1, xfs", Tool.Run("check", "litmus/findings/cow-stale-map.litmus", "-k", "v6.1", "--shrink").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("--shrink takes one --kernel, not v6.1, v6.12", "-k", "v6.1,v6.12", "--shrink")]
    [InlineData("--shrink takes one --fs, not ext4, xfs", "-k", "v6.12", "-f", "all", "--shrink")]
    [InlineData("--shrink takes one test, not ", Stale, "-k", "v6.12", "--shrink")]
    [InlineData("--shrink prints a test", "-k", "v6.12", "--shrink", "--json")]
    [InlineData("no finding 'I5'; did you mean 'I4'?; found: I11, I4", "-k", "v6.12", "-f", "ext4", "--shrink", "--violation", "I5")]
    [InlineData("--violation is for --shrink", "-k", "v6.12", "--violation", "I4")]
    public void What_makes_no_sense_is_bad_input(string says, params string[] options)
    {
        Tool.Result result = Tool.Run(["check", Stale, .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(says, result.Errors, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    /// <summary>However long it takes here until there is something to shrink.</summary>
    [Fact]
    public void An_interruption_prints_the_smallest_so_far()
    {
        string test = Save(LongTest), output = "";
        for (int seconds = 3; output.Length == 0 && seconds < 60; seconds *= 2)
        {
            using Process process = Tool.Start("check", test, "-k", "v6.12", "-f", "ext4", "--strategy", "random", "--shrink");
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
            Assert.False(process.HasExited);
            using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString()]))
            {
                kill.WaitForExit();
            }

            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
            Assert.Equal(3, process.ExitCode);
            output = process.StandardOutput.ReadToEnd();
            Assert.Contains(
                output.Length == 0 ? "nothing to shrink" : "this is the smallest so far", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        }

        Assert.Contains("interrupted: smaller ones may fail, too", output, StringComparison.Ordinal);
        Tool.Result check = Tool.Run("check", Save(output), "-k", "v6.12", "-f", "ext4", "--brief", "--strategy", "random");
        Assert.Contains("Sometimes", check.Output, StringComparison.Ordinal);
    }

    private static string Save(string text)
    {
        string test = Path.Combine(Directory.CreateTempSubdirectory().FullName, "t.litmus");
        File.WriteAllText(test, text);
        return test;
    }

    private const string LongTest =
        """
        DAX long
        {
          file f = [hole, block 7, hole];
          map A = mmap(f, shared, rw);
          map B = mmap(f, private, rw);
        }
         P0           | P1               | P2                   | P3             ;
         r0 = A[0]    | write(f[0].1, 2) | r0 = B[0]            | r0 = A[2]      ;
         A[0] = 1     | r0 = A[1]        | B[0] = 4             | write(f[2], 3) ;
         r1 = B[1]    | B[1] = 3         | madvise(B, DONTNEED) | B[2] = 5       ;
         A[2].1 = 8   | r1 = A[0]        | r1 = B[1]            | r1 = B[0]      ;
        exists (0:r1=3 /\ 1:r1=1 /\ 2:r0=1 /\ 3:r1=4)
        """;
}
