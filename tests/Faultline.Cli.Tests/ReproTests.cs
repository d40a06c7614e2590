using System.Diagnostics;

namespace Faultline.Cli.Tests;

/// <summary><c>faultline repro</c> and <c>faultline run</c>: what they write and how they refuse.</summary>
public sealed class ReproTests : IDisposable
{
    private const string Test = "litmus/seed/generic-437.litmus";

    private readonly string folder = Directory.CreateTempSubdirectory("faultline-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Repro_prints_a_program_and_says_what_is_left_out()
    {
        Tool.Result result = Tool.Run("repro", Test, "--seconds", "2.5");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("// SPDX-License-Identifier: MIT\n// generic-437: A private store races a private load", result.Output, StringComparison.Ordinal);
        Assert.Contains("#define SECONDS 2.5\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("left out: warn(insert_pfn): not seen from user space", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Repro_writes_a_file_or_into_a_folder()
    {
        string printed = Tool.Run("repro", Test).Output;
        Assert.Equal(0, Tool.Run("repro", Test, "-o", folder).ExitCode);
        Assert.Equal(0, Tool.Run("repro", Test, "-o", Path.Combine(folder, "new", "a.c")).ExitCode);
        Assert.Equal(printed, File.ReadAllText(Path.Combine(folder, "generic-437.c")));
        Assert.Equal(printed, File.ReadAllText(Path.Combine(folder, "new", "a.c")));
        Assert.Equal(["a.c"], Directory.GetFileSystemEntries(Path.Combine(folder, "new")).Select(Path.GetFileName));
    }

    [Fact]
    public void Repro_writes_an_fstests_case_into_a_tree_and_the_same_as_a_patch()
    {
        Tool.Result tree = Tool.Run("repro", Test, "--fstests", "--number", "777", "-o", folder);
        Assert.Equal(0, tree.ExitCode);
        Assert.Contains("add generic-437 to LINUX_TARGETS in src/Makefile", tree.Errors, StringComparison.Ordinal);
        string patched = Path.Combine(folder, "patched");
        string patch = Path.Combine(folder, "a.patch");
        Directory.CreateDirectory(patched);
        File.WriteAllText(patch, Tool.Run("repro", Test, "--fstests", "--number", "777").Output);
        using Process git = Process.Start(new ProcessStartInfo("git", ["apply", "--unsafe-paths", patch]) { WorkingDirectory = patched })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        foreach (string file in new[] { "tests/generic/777", "tests/generic/777.out", "src/generic-437.c" })
        {
            Assert.Equal(File.ReadAllText(Path.Combine(folder, file)), File.ReadAllText(Path.Combine(patched, file)));
        }

        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(folder, "tests/generic/777")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public void Run_compiles_runs_compares_and_logs()
    {
        string log = Path.Combine(folder, "log");
        string directory = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName;
        for (int run = 0; run < 2; run++)
        {
            Tool.Result result = Tool.Run("run", Test, "--dir", directory, "--seconds", "0.2", "--log", log);
            Assert.SkipWhen(result.Errors.Contains("no C compiler", StringComparison.Ordinal), result.Errors);
            Assert.Equal("", result.Errors);
            Assert.Equal(0, result.ExitCode);
            Assert.Contains("allowed states were seen in", result.Output, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(directory));
        Tool.Result merged = Tool.Run("run", Test, "--merge", log);
        Assert.Equal(0, merged.ExitCode);
        Assert.Equal(Rounds(File.ReadAllText(log)), Rounds(merged.Output));
    }

    [Fact]
    public void What_the_model_does_not_have_is_printed_first_and_exit_code_1()
    {
        string log = Path.Combine(folder, "log");
        File.WriteAllText(log, """
            Test generic-437 Allowed
            Histogram (2 states)
            3:>1:r0=5;
            4:>1:r0=7;
            ?? Incomplete

            Witnesses
            Positive: 0, Negative: 7
            Condition exists (warn(insert_pfn) /\ 1:r0=1) cannot be decided from user space
            Hash=76f476804e5a8f20eb30b35f43ba49cd
            Observation generic-437 Unknown 0 7
            Time generic-437 0.20

            """);
        Tool.Result result = Tool.Run("run", Test, "--merge", log, "--observe", "named", "--kernel", "v6.12", "--fs", "xfs");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("FINDING: generic-437 ended as the model of v6.12, xfs never does:\n  3 times 1:r0=5;\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(3, Tool.Run("run", Test, "--merge", log, "--observe", "named", "--kernel", "v6.12", "--max-states", "10").ExitCode);
    }

    [Fact]
    public void Logs_are_compared_with_the_kernel_that_they_are_of()
    {
        const string folder = "tests/Faultline.Real.Tests/Recordings/";
        Tool.Result one = Tool.Run("run", Test, "--merge", folder + "debian-6.12.117-xfs.log");
        Assert.Equal(0, one.ExitCode);
        Assert.Contains("Model v6.12, xfs: 2 of 2 allowed states were seen", one.Output, StringComparison.Ordinal);
        string[] two = ["run", Test, "--merge", folder + "debian-6.12.117-xfs.log", "--merge", folder + "debian-6.18.15-xfs.log"];
        Tool.Result refused = Tool.Run(two);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("different kernels: 6.12.117+deb12-amd64, 6.18.15+deb13-amd64; --kernel says", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run([.. two, "--kernel", "v6.18"]).ExitCode);
    }

    [Theory]
    [InlineData("no such directory", "run", Test, "--dir", "no-such-directory")]
    [InlineData("run needs --dir DIR", "run", Test)]
    [InlineData("above 0", "run", Test, "--dir", ".", "--seconds", "0")]
    [InlineData("Must be one of", "run", Test, "--dir", ".", "--observe", "much")]
    [InlineData("is not DAX; mount", "run", Test, "--dir", ".", "--dax")]
    [InlineData("run takes one --kernel", "run", Test, "--dir", ".", "--kernel", "all")]
    [InlineData("cannot be read", "run", Test, "--merge", "no-such-log")]
    [InlineData("hold no histogram of generic-437", "run", Test, "--merge", "LICENSE")]
    [InlineData("--poison runs it", "run", "litmus/fstests/xfs-550-private.litmus", "--dir", ".")]
    [InlineData("reflink needs XFS", "run", "litmus/findings/cow-write-lost.litmus", "--dir", ".", "--fs", "ext4")]
    [InlineData("Geometry=real", "run", "litmus/seed/hole-read-1GiB.litmus", "--dir", ".")]
    [InlineData("MAP_SYNC wants DAX", "run", "litmus/fstests/generic-470.litmus", "--dir", ".", "--kernel", "v6.12")]
    [InlineData("cannot write", "repro", Test, "-o", "/proc/no/such.c")]
    [InlineData("--number takes", "repro", Test, "--fstests", "--number", "0")]
    [InlineData("cannot be read", "repro", "no-such.litmus")]
    public void A_bad_command_line(string expected, params string[] arguments)
    {
        Tool.Result result = Tool.Run(arguments);
        Assert.SkipWhen(result.Errors.Contains("no C compiler", StringComparison.Ordinal), result.Errors);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_takes_nothing_that_was_seen()
    {
        Tool.Result result = Tool.Run("run", Test, "--dir", folder, "--seconds", "0.2", "--log", "/dev/full");
        Assert.SkipWhen(result.Errors.Contains("no C compiler", StringComparison.Ordinal), result.Errors);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("cannot be written", result.Errors, StringComparison.Ordinal);
        Assert.Contains("Observation generic-437", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_compiler_it_says_what_to_do()
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "faultline.dll"), "run", Test, "--dir", folder])
        {
            WorkingDirectory = Tool.Root,
            RedirectStandardError = true,
        };
        start.Environment["CC"] = "no-such-cc";
        using Process process = Process.Start(start)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(2, process.ExitCode);
        Assert.StartsWith("faultline: no C compiler: no-such-cc is not on the PATH; install one (", errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    private static long Rounds(string log) =>
        log.Split('\n').Where(l => l.Contains(":>", StringComparison.Ordinal)).Sum(l => long.Parse(l.Split(':')[0].Trim()));
}
