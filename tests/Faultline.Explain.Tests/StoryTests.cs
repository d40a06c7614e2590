using Faultline.Explain.Stories;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;

namespace Faultline.Explain.Tests;

/// <summary>What a story says, whatever its layout.</summary>
public sealed class StoryTests
{
    private static readonly CheckResult Seed = Checks.Run(Checks.CowRace, "v4.12+pfn-warn");

    [Fact]
    public void TheHeadlineSaysWhatHappenedAndWhere()
    {
        Story story = StoryBuilder.Build(Seed, Seed.Finding("warn(insert_pfn)"));
        Assert.Equal(
            "warn(insert_pfn) in generic-437 on v4.12+pfn-warn, ext4: insert_pfn() met a PTE that maps anon 0 while inserting block 0",
            story.Headline);
    }

    /// <summary>The mail's question: who put that page there?</summary>
    [Fact]
    public void TwoStacksTheOneThatWarnsAndTheOneThatWon()
    {
        StoryRun run = Seed.Tell("warn(insert_pfn)");
        Assert.Equal(2, run.Stacks.Count);
        StackTrace warns = run.Stacks[0], won = run.Stacks[1];
        Assert.Equal(["insert_pfn", "vm_insert_mixed", "dax_insert_mapping", "dax_iomap_pte_fault"], warns.Functions.Take(4));
        Assert.Equal(["do_read_fault", "handle_pte_fault", "handle_mm_fault", "__do_page_fault"], warns.Functions.TakeLast(4));
        Assert.Equal("r0 = A[0]", warns.Instruction);
        Assert.Contains("ptl", warns.Held);
        Assert.Equal("finish_fault", won.Functions[0]);
        Assert.Contains("do_cow_fault", won.Functions);
        Assert.Equal("A[0] = 1", won.Instruction);
        Assert.Equal("none -> anon 0 rw dirty", won.Remark);
        Assert.NotEqual(warns.Thread, won.Thread);
        Assert.DoesNotContain(warns.Functions.Concat(won.Functions), f => f is "user" or "user_access" or "access");
    }

    [Fact]
    public void NothingIsToldAfterTheViolation()
    {
        StoryRun run = Seed.Tell("warn(insert_pfn)");
        Assert.Equal(CellKind.Violation, Assert.IsType<TimelineCell>(run.Timeline[^1]).Kind);
    }

    [Fact]
    public void PreemptionsSayWhereAndWithWhichLocks()
    {
        TimelineSwitch[] switches = [.. Seed.Tell("warn(insert_pfn)").Timeline.OfType<TimelineSwitch>()];
        Assert.Equal(2, switches.Length);
        Assert.All(switches, s => Assert.Equal(SwitchReason.Preempted, s.Why));
        Assert.Equal("grab_mapping_entry", switches[0].Where);
        Assert.Equal("lock tree_lock", switches[0].Next);
        Assert.Equal(["mmap_lock(r)", "i_mmap_sem(r)"], switches[0].Held);
    }

    [Fact]
    public void FunctionsThatOnlyCallShareALine()
    {
        var calls = Seed.Tell("warn(insert_pfn)").Timeline.OfType<TimelineCell>().Where(c => c.Kind == CellKind.Call).ToList();
        Assert.Contains(calls, c => c.Text == "__do_page_fault +mmap_lock > handle_mm_fault > handle_pte_fault");
        Assert.Contains(calls, c => c.Text == "vm_insert_mixed > insert_pfn");
        Assert.DoesNotContain(calls, c => c.Text.Contains("get_unlocked_mapping_entry")); // it found the entry unlocked
    }

    [Fact]
    public void AnUndisturbedInstructionIsToldByItsChanges()
    {
        CheckResult result = Checks.Run(Checks.CowLoop, "v4.12");
        var cells = result.Tell("I6").Timeline.OfType<TimelineCell>().ToList();
        Assert.Contains(cells, c => c.Text == "pte A[0]: none -> block 0 ro (insert_pfn)");
        var whole = result.Tell("I6", whole: true).Timeline.OfType<TimelineCell>().ToList();
        Assert.True(whole.Count > cells.Count + 20, $"{whole.Count} lines in full, {cells.Count} folded");
        Assert.DoesNotContain(whole, c => c.Text.EndsWith("(insert_pfn)", StringComparison.Ordinal));
        Assert.True(cells.Exists(c => c.Text == "the copy fails: pte A[0] is none"));
    }

    /// <summary>The copy of a page before it is mapped is no event of its own: the store's own value before counts.</summary>
    [Fact]
    public void AFoldedStoreShowsWhatItOverwrote()
    {
        StoryRun run = Checks.Run(Checks.CowRace.Replace("warn(insert_pfn) /\\ 1:r0=1", "1:r0=1", StringComparison.Ordinal), "v4.20").Tell("condition");
        Assert.Contains(run.Timeline.OfType<TimelineCell>(), c => c.Text == "anon 0: 7 -> 1");
    }

    [Fact]
    public void TheStateShowsWhatChanged()
    {
        StoryRun run = Seed.Tell("warn(insert_pfn)");
        Assert.Equal(new StateRow("pte A[0]", "none", "anon 0 rw dirty"), run.State[0]);
        Assert.False(run.State.Single(r => r.Name == "extent f[0]").IsChanged);
        Assert.Equal([(8, "finish_fault")], run.History!.Changes.Select(c => (c.Step, c.Function)));
    }

    [Fact]
    public void AnInvariantIsToldWhereItBroke()
    {
        StoryRun run = Checks.Run(Checks.HoleRace, "v4.12+mkwrite-v3").Tell("zero-page-writable");
        Assert.Equal(["insert_pfn", "vm_insert_mixed_mkwrite"], run.Stacks[0].Functions.Take(2));
        Assert.Equal("pte A[0]: zero page ro -> zero page rw dirty", run.Stacks[0].Remark);
        Assert.Equal(["insert_pfn", "vm_insert_mixed", "dax_load_hole"], run.Stacks[1].Functions.Take(3));
    }

    /// <summary>The step that breaks an invariant may be its thread's last.</summary>
    [Fact]
    public void AnInvariantThatBreaksAtAThreadsEndIsToldToo()
    {
        CheckResult result = Checks.Run(Checks.HoleRace, "v4.14", mutation: Mutation.NoInvalidate);
        Assert.EndsWith(": the file has block 0", StoryBuilder.Build(result, result.Finding("I3")).Headline);
        StoryRun run = result.Tell("I3");
        Assert.Contains(run.Timeline.OfType<TimelineCell>(), c => c.Kind == CellKind.Violation && c.Text == "I3: the file has block 0");
        Assert.StartsWith("pte A[0] was last changed", run.Stacks[1].Title);
    }

    [Fact]
    public void ADataRaceNamesTheFunctionTheWordAndTheLock()
    {
        CheckResult result = Checks.Run(Checks.CowRace, "v4.14", mutation: Mutation.NoPtlInFinishFault);
        Assert.EndsWith(": finish_fault() touches pte A[0] without ptl", StoryBuilder.Build(result, result.Finding("race(pte A)")).Headline);
    }

    [Fact]
    public void ALivelockSaysWhereEverybodyStands()
    {
        StoryRun run = Checks.Run(Checks.HoleRace, "v4.14", mutation: Mutation.NoUnmapOfZeroPage).Tell("livelock");
        Assert.Equal(2, run.Waits.Count);
        Assert.Contains(run.Waits, w => w.StartsWith("P0 can go on: ", StringComparison.Ordinal));
    }

    [Fact]
    public void ARefinementViolationSaysWhatTheReferenceAllows()
    {
        CheckResult result = Checks.Run(Checks.HoleRace, "v6.15");
        OutcomeStory outcome = result.Tell("refinement").Outcome!;
        Assert.Equal(["P0 gets a SIGBUS, though no access is beyond the end of its file"], outcome.Impossible);
        Assert.Equal(result.ReferenceOutcomes, outcome.Allowed);
        Assert.Equal([new NamedValue("signal(P0)", 0)], outcome.Nearest[0].Differences);
    }

    [Fact]
    public void ALostStoreIsNamed()
    {
        OutcomeStory outcome = Checks.Run(Checks.CowLoop, "v4.12").Tell("refinement").Outcome!;
        Assert.Contains(outcome.Impossible, line => line.EndsWith("is 0; it can only be 7", StringComparison.Ordinal));
    }

    [Fact]
    public void ALostWakeUpSaysWhoSleepsAndWhoShouldHaveWoken()
    {
        CheckResult result = Checks.Run(Checks.CowRace, "v4.12", mutation: Mutation.NoWakeOnUnlock);
        StoryRun run = result.Tell("I8");
        Assert.Contains(run.Waits, w => w.EndsWith("sleeps until entry f[0] is unlocked, but nobody has it locked: nobody will wake it", StringComparison.Ordinal));
        Assert.Equal("dax_unlock_mapping_entry", run.Stacks[0].Functions[0]);
        Assert.Equal("get_unlocked_mapping_entry", run.Standing.Single(s => s.Functions.Count > 0).Functions[0]);
        Assert.StartsWith("I8: P", Assert.IsType<TimelineEnd>(run.Timeline[^1]).Text);
    }

    /// <summary>A thread may hold locks before its first step: nobody can be in their way.</summary>
    [Fact]
    public void LocksTakenBeforeTheFirstStepAreTold()
    {
        const string Litmus = """
            DAX madvise-first
            {
              file f = [block 7];
              map A = mmap(f, private, rw);
            }
             P0                   | P1        ;
             madvise(A, DONTNEED) | A[0] = 1  ;
             r0 = A[0]            | r0 = A[0] ;
            exists (1:r0=7)
            """;
        StoryRun run = Checks.Run(Litmus, "v4.12").Tell("condition", whole: true);
        Assert.Contains(
            run.Timeline.OfType<TimelineCell>(),
            c => c.Text.StartsWith("madvise(A, DONTNEED) > sys_madvise +mmap_lock", StringComparison.Ordinal));
        Assert.All(run.Timeline.OfType<TimelineSwitch>().Where(s => s.Where == "zap_pte_range"), s => Assert.Contains("mmap_lock(r)", s.Held));
    }

    [Fact]
    public void WithoutAScheduleThereIsStillAStory()
    {
        Story story = StoryBuilder.Build(Seed, Seed.Finding("warn(insert_pfn)") with { Witness = null });
        Assert.Null(story.Run);
        Assert.StartsWith("warn(insert_pfn) in generic-437", story.Headline);
    }
}
