using System.Runtime.CompilerServices;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Shrinking;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests.Shrinking;

/// <summary>The smallest test that fails in the same way.</summary>
public sealed class ShrinkerTests
{
    private static readonly CheckOptions Quick = CheckOptions.Default with { Witnesses = false };

    /// <summary>Findings of the corpus, each with what is to be left of it: instructions, and what else is worth saying.</summary>
    public static TheoryData<string, string, string, int> Corpus => new()
    {
        { "seed/generic-437", "v4.12+pfn-warn", "warn(insert_pfn)", 2 },
        { "seed/generic-437", "v4.12+pfn-warn", "condition", 2 },
        { "seed/generic-437-loop", "v4.12", "I6", 5 },
        { "findings/munmap-stale-tlb", "v6.12", "I4", 3 },
        { "findings/cow-stale-freed", "v6.1", "I3", 3 },
        { "findings/cow-stale-freed", "v6.1", "condition", 6 },
        { "findings/cow-write-livelock", "v6.1", "livelock", 4 },
        { "findings/fsync-overtaken", "v6.18", "I7", 3 },
        { "findings/punch-forgets-dirty", "v6.18", "I7", 3 },
        { "findings/punch-forgets-dirty", "v6.18", "condition", 4 },
        { "findings/layout-break-sleeps", "v6.18", "I8", 3 },
        { "findings/truncate-within-huge", "v6.18", "I7", 3 },
    };

    [Theory]
    [MemberData(nameof(Corpus))]
    public void Nothing_more_can_be_left_out_of_what_is_left_of_a_finding(string name, string kernel, string failure, int instructions)
    {
        CheckResult failing = Check(Load(name).Test!, kernel)!;
        Failure way = Failure.Of(failing).Single(f => f.Name == failure);
        ShrinkResult result = Shrinker.Run(failing, way, Quick);
        Assert.InRange(TestSize.Instructions(result.Test), 1, instructions);
        Assert.Equal(0, result.Undecided);
        Assert.False(result.Interrupted);

        string text = LitmusPrinter.Print(result.Test);
        LitmusTest again = Samples.Parse(text);
        Assert.Equal(text, LitmusPrinter.Print(again));
        Assert.True(way.IsIn(Check(again, kernel)!));
        foreach (string smaller in WithoutOneThing(text))
        {
            LitmusTest? test = LitmusParser.Parse("t.litmus", smaller).Test;
            CheckResult? check = test is null ? null : Check(test, kernel);
            Assert.False(check is not null && way.IsIn(check), $"still fails:\n{smaller}");
        }
    }

    [Fact]
    public void What_does_not_matter_goes()
    {
        CheckResult failing = Check(Samples.Parse(Cluttered), "v4.12+pfn-warn")!;
        Failure way = Failure.Of(failing).Single(f => f.Name == "warn(insert_pfn)");
        ShrinkResult result = Shrinker.Run(failing, way, Quick);
        Assert.Equal(
            """
            DAX cluttered-shrunk
            {
              file f = [hole];
              map A = mmap(f, private, rw);
            }
             P0       | P1        ;
             A[0] = 1 | r0 = A[0] ;
            exists (warn(insert_pfn))

            """,
            LitmusPrinter.Print(result.Test));
    }

    [Fact]
    public void The_same_test_is_shrunk_to_the_same_test()
    {
        ShrinkResult One() => Shrunk(Samples.Parse(Cluttered), "v4.12+pfn-warn", Quick);
        ShrinkResult first = One(), second = One();
        Assert.Equal(LitmusPrinter.Print(first.Test), LitmusPrinter.Print(second.Test));
        Assert.Equal((first.Tried, first.Undecided), (second.Tried, second.Undecided));
    }

    /// <summary>A strategy that is not exhaustive may find the failure; what it does not find is looked for exhaustively.</summary>
    [Fact]
    public void A_strategy_that_draws_schedules_shrinks_as_far()
    {
        LitmusTest test = Samples.Parse(Cluttered);
        ShrinkResult drawn = Shrunk(test, "v4.12+pfn-warn", Quick with { Strategy = new RandomWalk(1, 1_000) });
        Assert.Equal(LitmusPrinter.Print(Shrunk(test, "v4.12+pfn-warn", Quick).Test), LitmusPrinter.Print(drawn.Test));
    }

    [Fact]
    public void An_interruption_keeps_the_smallest_so_far()
    {
        using var stop = new CancellationTokenSource();
        CheckResult failing = Check(Samples.Parse(Cluttered), "v4.12+pfn-warn")!;
        Failure way = Failure.Of(failing)[0];
        int asked = 0;
        ShrinkResult result = Shrinker.Run(
            failing,
            way,
            Quick with { Limits = new SearchLimits(Cancellation: stop.Token) },
            (tried, _) => { if (tried >= 8 && asked++ == 0) { stop.Cancel(); } });
        Assert.True(result.Interrupted);
        Assert.True(TestSize.IsSmaller(result.Test, failing.Test));
        Assert.True(way.IsIn(Check(result.Test, "v4.12+pfn-warn")!));
    }

    /// <summary>Searches that are cut short do not decide: the test stays larger than it need be, and it is said.</summary>
    [Fact]
    public void A_bound_leaves_tests_undecided()
    {
        CheckResult failing = Check(Samples.Parse(Cluttered), "v4.12+pfn-warn")!;
        ShrinkResult result = Shrinker.Run(failing, Failure.Of(failing)[0], Quick with { Limits = new SearchLimits(MaxStates: 20) });
        Assert.InRange(result.Undecided, 1, result.Tried);
        Assert.True(Failure.Of(failing)[0].IsIn(Check(result.Test, "v4.12+pfn-warn")!));
    }

    /// <summary>A condition may hold for another reason in a smaller test: then it is not the same failure.</summary>
    [Fact]
    public void A_condition_that_holds_without_the_bug_is_another_failure()
    {
        CheckResult failing = Check(Load("findings/cow-stale-freed").Test!, "v6.1")!;
        Failure condition = Failure.Of(failing).Single(f => f.Violation is null);
        CheckResult harmless = Check(
            Samples.Parse("DAX t { file h = [hole]; map A = mmap(h, shared, r); }\nP0 ;\nwrite(h[0], 9) ;\nr0 = A[0] ;\nexists (0:r0=9)\n"), "v6.1")!;
        Assert.True(condition.IsIn(failing));
        Assert.True(harmless.Verdict.Positive > 0);
        Assert.False(condition.IsIn(harmless));
        Assert.True(failing.HoldsBeyondReference);
        Assert.False(harmless.HoldsBeyondReference);
    }

    [Fact]
    public void A_forall_fails_where_its_proposition_does_not_hold()
    {
        LitmusTest fails = Samples.Parse("DAX t { file f = [block 7]; map A = mmap(f, shared, rw); }\nP0 | P1 ;\nr0 = A[0] | A[0] = 3 ;\nforall (0:r0=7)\n");
        LitmusTest holds = Samples.Parse("DAX t { file f = [block 7]; map A = mmap(f, shared, rw); }\nP0 ;\nr0 = A[0] ;\nforall (0:r0=7)\n");
        Assert.Equal(["condition"], Failure.Of(Check(fails, "v6.12")!).Select(f => f.Name));
        Assert.Empty(Failure.Of(Check(holds, "v6.12")!));
        Assert.Equal(2, TestSize.Instructions(Shrunk(fails, "v6.12", Quick).Test));
    }

    private const string Cluttered =
        """
        DAX cluttered
        "A mapping, a file, threads, pages, loops and values that the warning does not need"
        Fstests=generic/437
        {
          file g = [hole, unwritten];
          file f = [hole, block 3,4, block 7];
          map B = mmap(g, shared, rw);
          map C = mmap(f, shared, r);
          map A = mmap(f[1..2], private, rw);
          process Q = P2;
          map D = mmap(g, shared, r) in Q;
        }
         P0            | P1                 | P2              ;
         r4 = C[0]     | repeat 2 as i {    | r0 = D[1]       ;
         A[2].1 = r4   | r0 = A[2]          | write(f[0], -5) ;
         fsync(g)      | }                  |                 ;
        exists (warn(insert_pfn) /\ 1:r0=0)
        """;

    private static ShrinkResult Shrunk(LitmusTest test, string kernel, CheckOptions options)
    {
        CheckResult failing = Check(test, kernel)!;
        return Shrinker.Run(failing, Failure.Of(failing)[0], options);
    }

    // Without one declaration, cell, row of a loop, or thread: by the text alone.
    private static IEnumerable<string> WithoutOneThing(string text)
    {
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("  ", StringComparison.Ordinal) && lines[i].EndsWith(';') && !lines[i].TrimStart().StartsWith("mount", StringComparison.Ordinal))
            {
                yield return string.Join('\n', lines.Where((_, at) => at != i));
            }

            string[] cells = lines[i].StartsWith(' ') && lines[i].EndsWith(" ;", StringComparison.Ordinal) && !lines[i].StartsWith("  file", StringComparison.Ordinal)
                ? lines[i][..^2].Split('|') : [];
            foreach (int cell in Enumerable.Range(0, cells.Length).Where(c => cells[c].Trim().Length > 0))
            {
                string[] without = [.. cells];
                without[cell] = " ";
                yield return string.Join('\n', lines.Select((line, at) => at == i ? string.Join('|', without) + " ;" : line));
            }
        }
    }

    private static CheckResult? Check(LitmusTest test, string kernel)
    {
        CompileResult compiled = Compiler.Compile(test, CompileLimits.Search);
        KernelVersion version = KernelVersions.Find(kernel)!;
        return compiled.IsSuccess && Requirements.Unmet(test, version, FilesystemKind.Xfs).Count == 0
            ? Checker.Check(test, compiled.Program, version, FilesystemKind.Xfs, null, Quick)
            : null;
    }

    private static TestFile Load(string test, [CallerFilePath] string here = "") => TestFile.Load(
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "litmus", $"{test}.litmus")), CompileLimits.Search);
}
