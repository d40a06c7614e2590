using System.Diagnostics;
using System.Text.Json;

namespace Faultline.Cli.Tests;

public sealed class CheckTests
{
    private const string Seed = "litmus/seed/generic-437.litmus";

    [Fact]
    public void The_mails_warning_is_found_with_both_stacks()
    {
        Tool.Result result = Tool.Run("check", Seed, "--kernel", "v4.12+pfn-warn", "--fs", "ext4,xfs");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(2, Count(result.Output, "Observation generic-437 Sometimes 1 5"));
        Assert.Equal(2, Count(result.Output, "Test generic-437 Allowed"));
        foreach (string function in new[] { "insert_pfn", "do_read_fault", "finish_fault", "do_cow_fault" })
        {
            Assert.Contains(function, result.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_merged_rule_never_warns_and_says_how_many_states_prove_it()
    {
        Tool.Result result = Tool.Run("check", Seed, "--kernel", "v4.14", "--fs", "ext4");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Observation generic-437 Never 0 4", result.Output, StringComparison.Ordinal);
        Assert.Contains("215 states", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_whole_seed_folder_is_as_expected_on_every_kernel_and_filesystem()
    {
        Tool.Result result = Tool.Run("check", "litmus", "--kernel", "all", "--fs", "all", "--brief");
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("UNEXPECTED", result.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 unexpected, 0 not complete", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_violation_without_an_expectation_is_exit_code_1()
    {
        string test = Path.Combine(Directory.CreateTempSubdirectory().FullName, "copy.litmus");
        File.Copy(Path.Combine(Tool.Root, Seed), test);
        Assert.Equal(1, Tool.Run("check", test, "-k", "v4.12+pfn-warn", "-f", "ext4").ExitCode);
        Assert.Equal(0, Tool.Run("check", test, "-k", "v4.14", "-f", "ext4").ExitCode);
    }

    [Fact]
    public void A_search_that_is_cut_short_never_says_no()
    {
        Tool.Result result = Tool.Run("check", Seed, "-k", "v4.14", "-f", "ext4", "--max-states", "50");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Observation generic-437 Unknown", result.Output, StringComparison.Ordinal);
        Assert.Contains("NOT COMPLETE", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\nNo\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Never", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_document_and_says_the_same()
    {
        Tool.Result result = Tool.Run("check", Seed, "-k", "v4.12+pfn-warn,v4.14", "-f", "ext4", "--json");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        string text = document.RootElement.GetRawText();
        Assert.Contains("warn(insert_pfn)", text, StringComparison.Ordinal);
        Assert.Contains("Sometimes", text, StringComparison.Ordinal);
        Assert.Contains("Never", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_check_says_where_it_stood()
    {
        string test = Path.Combine(Directory.CreateTempSubdirectory().FullName, "long.litmus");
        File.WriteAllText(test, LongTest);
        using Process process = Tool.Start("check", test, "-k", "v6.12", "-f", "ext4");
        Thread.Sleep(2500);
        Assert.False(process.HasExited);
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString()]))
        {
            kill.WaitForExit();
        }

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
        string output = process.StandardOutput.ReadToEnd();
        Assert.Equal(3, process.ExitCode);
        Assert.Contains("interruption", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Never", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_search_prints_no_progress_when_it_is_not_on_a_terminal()
    {
        string test = Path.Combine(Directory.CreateTempSubdirectory().FullName, "long.litmus");
        File.WriteAllText(test, LongTest);
        Assert.Equal("", Tool.Run("check", test, "-k", "v6.12", "-f", "ext4", "--timeout", "1").Errors);
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
        exists (0:r0=1)
        """;

    private static int Count(string text, string what) => text.Split(what).Length - 1;
}
