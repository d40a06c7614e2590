using Faultline.Explain.Stories;
using Faultline.Kernel.Fs;
using Faultline.Litmus.Analysis;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Tests;

/// <summary>Point of no return, critical section and nearest good schedule of real findings, and the short form of a story.</summary>
public sealed class AnalysisTests
{
    private static readonly CheckResult Seed = Checks.Run(Checks.CowRace, "v4.12+pfn-warn");
    private static readonly Story SeedStory = Tell(Seed, "warn(insert_pfn)", AnalysisLimits.Default);

    /// <summary>The seed on one screen: 40 lines of 80 columns, on both filesystems.</summary>
    [Theory]
    [InlineData(FilesystemKind.Ext4)]
    [InlineData(FilesystemKind.Xfs)]
    public void TheSeedFitsAScreen(FilesystemKind filesystem)
    {
        string[] lines = Checks.Run(Checks.CowRace, "v4.12+pfn-warn", filesystem).Explain("warn(insert_pfn)").TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 20, 40);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
    }

    /// <summary>When P0 has the entry first, P1, which has seen no PTE, will insert the block where the copy is.</summary>
    [Fact]
    public void ThePointOfNoReturnIsWhereTheStoreLocksTheEntry()
    {
        NoReturnStory turn = SeedStory.Analysis!.NoReturn;
        TimelineCell there = SeedStory.Run!.Timeline.OfType<TimelineCell>().Single(c => c.Step == turn.Step && c.Kind == CellKind.Change);
        Assert.Equal(0, turn.Thread);
        Assert.Equal("entry f[0]: none -> empty locked", there.Text);
    }

    /// <summary>The PTE must be looked at within the section: a lock from do_read_fault() on would be too late.</summary>
    [Fact]
    public void TheCriticalSectionReachesFromTheLookAtThePteOn()
    {
        SectionsStory sections = SeedStory.Analysis!.Sections;
        SectionStory found = Assert.Single(sections.Found);
        Assert.Equal(("handle_pte_fault", "handle_pte_fault", false), (found.First, found.Second, found.Spins));
        Assert.Equal("", sections.Bound);
    }

    [Fact]
    public void TheGoodScheduleSharesTheBeginningAndEndsWell()
    {
        GoodStory good = SeedStory.Analysis!.Good!;
        Assert.Equal(SeedStory.Analysis.NoReturn.Step - 1, good.Same);
        Assert.NotEqual(good.BadThread, good.GoodThread);
        Assert.Empty(good.Also);
        string bad = Seed.Finding("warn(insert_pfn)").Witness!.Schedule.ToString();
        Assert.Equal(bad.Split(' ')[..good.Same], good.Schedule.Split(' ')[..good.Same]);
        Assert.NotEqual(bad.Split(' ')[good.Same], good.Schedule.Split(' ')[good.Same]);
        Assert.NotEmpty(good.Run.End);
    }

    [Fact]
    public void ChangesNameTheStepThatDependsOnThem()
    {
        TimelineCell mapped = SeedStory.Run!.Timeline.OfType<TimelineCell>().Single(c => c.Text == "pte A[0]: none -> anon 0 rw dirty");
        Assert.Equal(new Dependence(12, 1), mapped.Later);
    }

    [Fact]
    public void ActsAreWhatTheUserSees()
    {
        Assert.Equal(
            [(1, ActKind.Fault, "r0 = A[0]", 1, false), (0, ActKind.Fault, "A[0] = 1", 3, false)],
            SeedStory.Run!.Acts.Select(a => (a.Thread, a.Kind, a.Instruction, a.First, a.Ended)));
        Assert.Equal(SeedStory.Run.Steps, SeedStory.Run.Acts.Sum(a => a.Steps));
    }

    /// <summary>Every step is in the digest: told, or counted.</summary>
    [Fact]
    public void TheDigestCountsWhatItDoesNotTell()
    {
        TimelineFold fold = Assert.Single(SeedStory.Run!.Digest.OfType<TimelineFold>());
        Assert.Equal((4, 5, 2), (fold.Step, fold.Last, fold.Count));
        Assert.True(SeedStory.Run.Digest.Count < SeedStory.Run.Timeline.Count);
    }

    /// <summary>Of a long schedule, what nobody else sees takes one line: the race is what is told.</summary>
    [Fact]
    public void ALongScheduleFitsAScreenToo()
    {
        const string Litmus = """
            DAX long
            {
              file f = [block 7];
              file g = [hole * 8];
              map A = mmap(f, private, rw);
              map B = mmap(g, shared, rw);
            }
             P0              | P1        ;
             repeat 2 {      | r0 = A[0] ;
             repeat 8 as i { |           ;
             B[i] = 1        |           ;
             }               |           ;
             fsync(g)        |           ;
             }               |           ;
             A[0] = 1        |           ;
            exists (warn(insert_pfn) /\ 1:r0=1)
            """;
        CheckResult result = Checks.Run(Litmus, "v4.12+pfn-warn");
        StoryRun run = result.Tell("warn(insert_pfn)");
        Assert.True(run.Steps > 200);
        Assert.True(run.Digest.OfType<TimelineFold>().Max(f => f.Count) > 200);
        Assert.InRange(result.Explain("warn(insert_pfn)").Split('\n').Length, 30, 55);
    }

    [Fact]
    public void BoundsThatAreMetAreSaid()
    {
        StoryAnalysis analysis = Tell(Seed, "warn(insert_pfn)", new AnalysisLimits(NoReturnStates: 3, SectionStates: 1)).Analysis!;
        Assert.Null(analysis.NoReturn.Step);
        Assert.StartsWith("not computed: it would take more than 3 states", analysis.NoReturn.Text);
        Assert.Contains("stopped at 1 states", analysis.Sections.Bound);
        Assert.Null(analysis.Good);
    }

    /// <summary>A condition is explained like a violation: an end in which it holds is the failure.</summary>
    [Fact]
    public void AConditionHasThemToo()
    {
        StoryAnalysis analysis = Tell(Seed, "condition", AnalysisLimits.Default).Analysis!;
        Assert.NotNull(analysis.NoReturn.Step);
        Assert.NotNull(analysis.Good);
    }

    [Fact]
    public void FilesOfFunctionsComeFromTheModelsCitations()
    {
        StackTrace stack = SeedStory.Run!.Stacks[0];
        Assert.Equal("mm/memory.c", stack.Files![stack.Functions.ToList().IndexOf("insert_pfn")]);
        Assert.Equal("fs/dax.c", stack.Files[stack.Functions.ToList().IndexOf("dax_iomap_pte_fault")]);
        Assert.DoesNotContain("", stack.Files);
    }

    private static Story Tell(CheckResult result, string name, AnalysisLimits limits) =>
        StoryBuilder.Build(result, result.Finding(name), analysis: limits);
}
