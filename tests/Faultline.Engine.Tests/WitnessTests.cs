using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Tests;

/// <summary>The shortest witness, its text, and its replay, on programs small enough to work out by hand.</summary>
public sealed class WitnessTests
{
    /// <summary>The classic: one thread reads, the other does all its work, the first writes over it.</summary>
    [Fact]
    public void TheLostUpdateNeedsOnePreemption()
    {
        var model = new ThreeCounters(threads: 2, rounds: 1);
        Schedule? schedule = FewestSwitches.Find(model, (execution, final) => final && execution.Word(0) == 1);
        Witness witness = Replay.Run(model, schedule!);
        Assert.Equal("0 1 1 0", schedule!.ToString());
        Assert.Equal((2, 1, 4), (witness.Switches, witness.Preemptions, witness.Steps.Count));
        Assert.Equal([false, true, false, false], witness.Steps.Select(s => s.Preemption));
        Assert.Equal([1], witness.FinalWords);
    }

    [Fact]
    public void WithoutAnyRaceThereIsOneSwitchAndNoPreemption()
    {
        var model = new ThreeCounters(threads: 2, rounds: 2);
        Schedule? schedule = FewestSwitches.Find(model, (execution, final) => final && execution.Word(0) == 4);
        Assert.Equal("0 0 0 0 1 1 1 1", schedule!.ToString());
        Witness witness = Replay.Run(model, schedule);
        Assert.Equal((1, 0), (witness.Switches, witness.Preemptions));
    }

    /// <summary>Three threads of two rounds can leave 2: an early read written late, over everything.</summary>
    [Fact]
    public void TheSmallestSumIsReplayed()
    {
        var model = new ThreeCounters(threads: 3, rounds: 2);
        Schedule? schedule = FewestSwitches.Find(model, (execution, final) => final && execution.Word(0) == 2);
        Witness witness = Replay.Run(model, Schedule.Parse(schedule!.ToString()));
        Assert.Equal(2, witness.FinalWords[0]);
        Assert.Equal(12, witness.Steps.Count);
        Assert.All(witness.Threads, t => Assert.Null(t.Waiting));
        var (step, change) = witness.LastChange(0, witness.Steps.Count - 1)!.Value;
        Assert.Equal(("2", "x", "increment"), (change.After, change.Text, change.Function));
        Assert.Equal((12, StepKind.Write), (step.Number, step.Kind));
        Assert.Null(witness.LastChange(0, 0)); // the first step only reads
    }

    /// <summary>A target need not be an end: the witness stops in it, and says where everybody stands.</summary>
    [Fact]
    public void AWitnessStopsAtItsTarget()
    {
        var model = new ThreeCounters(threads: 2, rounds: 5);
        Schedule? schedule = FewestSwitches.Find(model, (execution, _) => execution.Word(0) == 1);
        Assert.Equal("0 0", schedule!.ToString());
        Witness witness = Replay.Run(model, schedule);
        Assert.Equal(["Read x", "Read x"], witness.Threads.Select(t => t.Waiting));
        Assert.All(witness.Threads, t => Assert.False(t.Blocked));
    }

    [Fact]
    public void ATargetInTheInitialStateNeedsNoStep()
    {
        Schedule? schedule = FewestSwitches.Find(new ThreeCounters(2, 1), (execution, _) => execution.Word(0) == 0);
        Assert.Empty(schedule!.Moves);
        Assert.Empty(Replay.Run(new ThreeCounters(2, 1), schedule).Steps);
    }

    [Fact]
    public void AnUnreachableTargetHasNoWitness() =>
        Assert.Null(FewestSwitches.Find(new ThreeCounters(2, 2), (execution, _) => execution.Word(0) == 5));

    /// <summary>A violation on the way is a target too, although the state it leads to is known already.</summary>
    [Fact]
    public void AWarningThatLeavesNoTraceIsReached()
    {
        Witness witness = Searching.WitnessOf(new Warns(), ViolationKind.Warn);
        Assert.Equal("0 1", witness.Schedule.ToString());
        StepEvent warning = witness.Steps[^1].Events.Single(e => e.Kind == EventKind.Violation);
        Assert.Equal(("warn(insert_pfn): pfn 1 is there", "insert_pfn"), (warning.Text, warning.Function));
        Assert.Equal(["warn(insert_pfn)"], Searching.Violations(new Warns()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0 0 1 1:1 0")]
    [InlineData("7:254 0:1")]
    public void ASchedulesTextIsReadBack(string text)
    {
        Schedule schedule = Schedule.Parse(text);
        Assert.Equal(text, schedule.ToString());
        Assert.Equal(schedule.Moves, Schedule.Parse($"  {text}\n").Moves);
    }

    [Fact]
    public void AMoveOfATextIsWhatItSays() => Assert.Equal([new Move(0, 0), new Move(3, 2)], Schedule.Parse("0 3:2").Moves);

    [Theory]
    [InlineData("x")]
    [InlineData("0:")]
    [InlineData(":1")]
    [InlineData("0:1:2")]
    [InlineData("-1")]
    [InlineData("0 1,2")]
    [InlineData("99999999999")]
    public void WhatIsNoScheduleIsRefused(string text) => Assert.Throws<FormatException>(() => Schedule.Parse(text));

    [Theory]
    [InlineData("2", "step 1")] // no such thread
    [InlineData("0:1", "step 1")] // no such alternative
    [InlineData("0 0 0", "step 3")] // the thread is done
    public void AForeignScheduleIsRefused(string schedule, string where)
    {
        var refused = Assert.Throws<ModelException>(() => Replay.Run(new ThreeCounters(2, 1), Schedule.Parse(schedule)));
        Assert.StartsWith(where, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MovesThatNoTextCanSayAreRefusedToo()
    {
        Assert.Throws<ModelException>(() => Replay.Run(new ThreeCounters(2, 1), new Schedule([new Move(-1, 0)])));
        Assert.Throws<ModelException>(() => Replay.Run(new ThreeCounters(2, 1), new Schedule([new Move(0, -1)])));
    }

    [Fact]
    public void ASwitchFromABlockedThreadIsNoPreemption()
    {
        Witness witness = Replay.Run(new Handover(), Schedule.Parse("0 1 1 0"));
        Assert.Equal((2, 0), (witness.Switches, witness.Preemptions));
        Assert.Equal(["Enqueue queue", "Wake queue"], [$"{witness.Steps[0].Kind} {witness.Steps[0].Word}", $"{witness.Steps[1].Kind} {witness.Steps[1].Word}"]);
        Assert.Equal(["prepare_to_wait_exclusive(queue)"], Notes(witness.Steps[0]));
        Assert.Equal(["wake P0"], Notes(witness.Steps[1]));
        Assert.Throws<ModelException>(() => Replay.Run(new Handover(), Schedule.Parse("0 0"))); // it sleeps
    }

    private static IEnumerable<string> Notes(WitnessStep step) =>
        step.Events.Where(e => e.Kind == EventKind.Note).Select(e => e.Text);

    private sealed class Warns : SmallModel
    {
        private static readonly Word<int> Pte = new(0);

        public Warns()
            : base(2) => Layout.Add("pte", 1, WordKind.Visible);

        public override Call Start(int thread) => InsertPfn();

        private static async Call InsertPfn()
        {
            await new AccessStep(Pte.Index);
            if (Pte.Raw != 0)
            {
                Execution.Current.Raise(ViolationKind.Warn, "insert_pfn", Pte.Index, "pfn 1 is there");
            }

            Pte.WriteAlso(1);
        }
    }

    private sealed class Handover : SmallModel
    {
        private static readonly WaitQueue Queue = new(0);
        private static readonly Word<int> X = new(1);

        public Handover()
            : base(2)
        {
            Layout.Add("queue", 1, WordKind.Synchronisation);
            Layout.Add("x", 1, WordKind.Visible);
        }

        public override Call Start(int thread) => thread == 0 ? Wait() : Wake();

        private static async Call Wait()
        {
            await Queue.PrepareToWaitExclusive();
            await Queue.Sleep();
        }

        private static async Call Wake()
        {
            await Queue.WakeOne();
            await X.Write(1);
        }
    }
}
