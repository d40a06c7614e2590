namespace Faultline.Cli.Tests;

/// <summary>Bad input is exit code 2 with a place and what was expected: never a stack trace, never a verdict.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("", ":1:1: ")]
    [InlineData("\0\u0001\u0002", ":1:1: ")]
    [InlineData("X86 sb\n{ }\n", ":1:1: ")]
    [InlineData("DAX t\n{ file f = [hole]; map A = mmap(g, shared, rw); }\n P0 ;\n A[0] = 1 ;\nexists (true)", ":2:")]
    [InlineData("DAX t\n{ file f = [hole]; map A = mmap(f, shared, rw); }\n P0 ;\n A[1] = 1 ;\nexists (true)", ":4:4: ")]
    [InlineData("DAX t\n{ file f = [hole]; map A = mmap(f, shared, rw); }\n P0 ;\n mlock(A) ;\nexists (true)", "not modelled yet")]
    [InlineData("DAX t\n{ file f = [hole]; map A = mmap(f, shared, rw); }\n P0 ;\n A[0] = 1 ;\nexists (warn(insert_pfm))", "did you mean 'insert_pfn'")]
    [InlineData("DAX t\n{ file f = [hole]; map A = mmap(f, shared, rw); }\n P0 ;\n A[0] = 1 ;\nexists (reach(insert_pfn.other))", "insert_pfn.other_pfn")]
    [InlineData("DAX t\n{ file f = [hole]; map A = mmap(f, shared, rw); }\n P0|P1|P2|P3|P4|P5|P6|P7|P8 ;\n A[0]=1|||||||| ;\nexists (true)", "8")]
    [InlineData("DAX t\n{ file f = [hole * 13]; map A = mmap(f, shared, rw); }\n P0 ;\n A[0] = 1 ;\nexists (true)", "12")]
    public void A_bad_test(string text, string expected)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "bad.litmus");
        File.WriteAllText(file, text);
        Refused(expected, "check", file);
        Refused(expected, "explain", file);
    }

    [Theory]
    [InlineData("did you mean 'v4.1", "check", "litmus/seed/generic-437.litmus", "--kernel", "v4.16")]
    [InlineData("expected ext4, xfs or all", "check", "litmus/seed/generic-437.litmus", "--fs", "btrfs")]
    [InlineData("cannot be read", "check", "litmus/no-such-test.litmus")]
    [InlineData("Geometry=real", "check", "litmus/seed/hole-read-1GiB.litmus")]
    [InlineData("no .litmus file", "check", "docs/schemas")]
    [InlineData("--help", "chekc")]
    [InlineData("--help", "check")]
    [InlineData("--help", "check", "litmus/seed", "--no-such-option")]
    [InlineData("--help", "check", "litmus/seed", "--max-states", "many")]
    [InlineData("above 0", "check", "litmus/seed", "--max-states", "-1")]
    [InlineData("explain takes one --kernel", "explain", "litmus/seed/generic-437.litmus", "--kernel", "all")]
    [InlineData("no finding 'I7'", "explain", "litmus/seed/generic-437.litmus", "--kernel", "v4.14", "--violation", "I7")]
    [InlineData("takes only with --html", "explain", "litmus/seed")]
    [InlineData("not for a folder", "explain", "litmus/seed", "--html", "pages", "--violation", "I7")]
    [InlineData("expected a folder", "explain", "litmus/seed", "--html", "README.md")]
    [InlineData("cannot write litmus: it is a folder", "explain", "litmus/seed/generic-437.litmus", "--html", "litmus")]
    [InlineData("cannot write README.md/x.html", "explain", "litmus/seed/generic-437.litmus", "--html", "README.md/x.html")]
    [InlineData("no finding 'I7'", "explain", "litmus/seed/generic-437.litmus", "--kernel", "v4.14", "--violation", "I7", "--html", "no-such.html")]
    [InlineData("2 threads", "cost", "litmus/seed/generic-437.litmus")]
    [InlineData("power failure", "force", "litmus/findings/fsync-overtaken.litmus", "--lab", "6.12")]
    [InlineData("one thread", "force", "litmus/findings/collapse-stale-map.litmus", "--lab", "6.12")]
    [InlineData("--tries takes a number above 0", "force", "litmus/seed/generic-437-overlap.litmus", "--lab", "6.12", "--tries", "0")]
    [InlineData("expected TURN:FUNCTION", "force", "litmus/seed/generic-437-overlap.litmus", "--lab", "6.12", "--hold", "zap_pte_range")]
    [InlineData("--lab' is required", "force", "litmus/seed/generic-437-overlap.litmus")]
    [InlineData("expected a file that 'faultline lab conform --record' wrote", "lab", "replay", "README.md")]
    [InlineData("no-such.gz:1:1: cannot be read", "lab", "replay", "no-such.gz")]
    [InlineData("--count takes a number of 0 or more", "lab", "conform", "6.12", "--count", "-1")]
    public void A_bad_command_line(string expected, params string[] arguments) => Refused(expected, arguments);

    private static void Refused(string expected, params string[] arguments)
    {
        Tool.Result result = Tool.Run(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
        Assert.DoesNotContain(Directory.GetFiles(Tool.Root), f => Path.GetFileName(f) is "litmus.part" or "no-such.html" or "no-such.html.part");
    }
}
