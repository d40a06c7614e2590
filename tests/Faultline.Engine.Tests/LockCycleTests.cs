using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Sync;
using Faultline.Engine.Witnesses;
using static Faultline.Engine.Tests.LockOrders;

namespace Faultline.Engine.Tests;

/// <summary>Lock-order violations told as circles of lock classes, with a run for each edge.</summary>
public sealed class LockCycleTests
{
    private static readonly Mutex C = new(2);
    private static readonly RwSem First = new(3);
    private static readonly RwSem Second = new(4);
    private static readonly Word<int> Choice = new(5);

    [Fact]
    public void TwoClassesAndWhereBothLocksOfEachEdgeAreTaken()
    {
        var model = new Locks(TakeAThenB, TakeBThenA);
        LockCycle cycle = CycleOf(model);
        Assert.Equal("B -> A -> B", cycle.Print());
        Assert.Equal([("B", "A"), ("A", "B")], cycle.Edges.Select(e => (e.Held, e.Taken)));
        Assert.All(cycle.Edges, e => Assert.True(e is { IsSeen: true, IsDocumented: false }));
        Assert.Equal([1, 0], cycle.Edges.Select(e => e.Example!.Thread));
        Assert.Equal(["1 1", "0 0"], cycle.Edges.Select(e => e.Example!.Schedule.ToString()));
        LockOrderExample closing = cycle.Edges[0].Example!;
        Assert.Equal((B.Index, 1, "take_b_then_a"), (closing.Outer.Word, closing.Outer.Step, Spell(closing.Outer)));
        Assert.Equal((A.Index, 2, "take_b_then_a take_second"), (closing.Inner.Word, closing.Inner.Step, Spell(closing.Inner)));
    }

    [Fact]
    public void ThreeClasses()
    {
        LockCycle cycle = CycleOf(new Locks(Three, Nothing));
        Assert.Equal("C -> A -> B -> C", cycle.Print());
        Assert.All(cycle.Edges, e => Assert.Equal(0, e.Example!.Thread));
        Assert.Equal(["A", "B", "C"], cycle.Edges.Select(e => e.Taken));
        Assert.Equal([2, 0, 1], cycle.Edges.Select(e => e.Example!.Inner.CallsDone)); // each edge has a call of its own
    }

    /// <summary>No run takes both orders, so no run by itself is wrong: each edge has its own.</summary>
    [Fact]
    public void OrdersThatNeverMeetInOneSchedule()
    {
        var model = new Locks(EitherOrder, Nothing);
        LockCycle cycle = CycleOf(model);
        Assert.Equal("B -> A -> B", cycle.Print());
        Assert.Equal(["0:1 0 0", "0 0 0"], cycle.Edges.Select(e => e.Example!.Schedule.ToString()));
        Assert.All(cycle.Edges, e => Assert.DoesNotContain(Events(model, e.Example!, null), IsViolation));
    }

    /// <summary>A replay that knows the order of the other schedules reports the violation where the circle closes: in its last step.</summary>
    [Fact]
    public void AReplayThatKnowsTheOrderReportsTheViolation()
    {
        foreach (Locks model in new[] { new Locks(EitherOrder, Nothing), new Locks(Three, Nothing), new Locks(TakeAThenB, TakeBThenA) })
        {
            SearchResult search = Searching.All(model);
            Violation violation = Inversion(search);
            LockOrderExample closing = CycleOf(model).Edges[0].Example!;
            Witness witness = Replay.Run(model, closing.Schedule, search.LockOrder);
            Assert.Equal([violation.ToString()], witness.Steps[^1].Events.Where(IsViolation).Select(e => e.Text));
            Assert.DoesNotContain(witness.Steps.SkipLast(1).SelectMany(s => s.Events), IsViolation);
        }
    }

    [Fact]
    public void ADocumentedOrderNeedsNoRun()
    {
        LockCycle cycle = CycleOf(new Locks(TakeBThenA, Nothing, knownAThenB: true));
        Assert.Equal("B -> A -> B", cycle.Print());
        Assert.True(cycle.Edges[1] is { IsDocumented: true, IsSeen: false, Example: null });
        Assert.Equal("0 0", cycle.Edges[0].Example!.Schedule.ToString());
    }

    /// <summary>The rule is known before the first step: what breaks it is the violation, whoever comes first.</summary>
    [Fact]
    public void ADocumentedOrderThatTheProgramShowsHasARunToo()
    {
        foreach (Locks model in new[] { new Locks(TakeAThenB, TakeBThenA, knownAThenB: true), new Locks(TakeBThenA, TakeAThenB, knownAThenB: true) })
        {
            LockCycle cycle = CycleOf(model);
            Assert.Equal("B -> A -> B", cycle.Print());
            Assert.True(cycle.Edges[1] is { IsDocumented: true, IsSeen: true, Example: not null });
        }
    }

    /// <summary>The order is that of what may be waited for, whether or not it is then taken.</summary>
    [Fact]
    public void WaitingIsEnough()
    {
        LockCycle cycle = CycleOf(new Locks(MightWaitUnderA, TakeBThenA));
        Assert.Equal("B -> A -> B", cycle.Print());
        Assert.Equal("might_wait_under_a", Spell(cycle.Edges[1].Example!.Inner));
        Assert.Equal(B.Index, cycle.Edges[1].Example!.Inner.Word);
    }

    /// <summary>Semaphores that nobody writes are taken on the way to the first step.</summary>
    [Fact]
    public void LocksTakenBeforeTheFirstStep()
    {
        LockCycle cycle = CycleOf(new Locks(FirstThenSecond, SecondThenFirst));
        Assert.Equal("second -> first -> second", cycle.Print());
        foreach (LockOrderExample example in cycle.Edges.Select(e => e.Example!))
        {
            Assert.Empty(example.Schedule.Moves);
            Assert.True(example is { Outer: { Step: 0, IsRead: true }, Inner: { Step: 0, IsRead: true } });
        }
    }

    [Fact]
    public void WithinBoundsThatAreMetThereIsACircleAndNoRun()
    {
        var model = new Locks(TakeAThenB, TakeBThenA);
        SearchResult search = Searching.All(model);
        LockCycle cycle = LockCycles.Of(model.Layout, search.LockOrder, Inversion(search));
        cycle = LockCycles.WithExamples(model, cycle, new SearchLimits(Timeout: TimeSpan.Zero));
        Assert.All(cycle.Edges, e => Assert.True(e is { IsSeen: true, Example: null }));
    }

    /// <summary>Versions that take the same steps may spell functions differently.</summary>
    [Fact]
    public void ACircleCanBeToldOfAModelWithOtherNames()
    {
        LockCycle cycle = CycleOf(new Locks(TakeAThenB, TakeBThenA));
        LockCycle renamed = LockCycles.On(new Locks(TakeAThenB, TakeBThenA) { Prefix = "__" }, cycle);
        Assert.Equal("__take_b_then_a __take_second", Spell(renamed.Edges[0].Example!.Inner));
        Assert.Equal(cycle.Edges.Select(e => e.Example!.Schedule), renamed.Edges.Select(e => e.Example!.Schedule));
    }

    [Fact]
    public void OtherViolationsAreNoCircles()
    {
        var model = new Locks(TakeAThenB, Nothing);
        IReadOnlyList<LockOrderEdge> order = Searching.All(model).LockOrder;
        Assert.Equal([new LockOrderEdge(0, 1, IsDocumented: false, IsSeen: true)], order);
        Assert.Throws<ArgumentException>(() => LockCycles.Of(model.Layout, order, new Violation(ViolationKind.Deadlock, "deadlock")));
        Assert.Throws<ArgumentException>(() => LockCycles.Of(model.Layout, order, new Violation(ViolationKind.LockOrder, "A -> C")));
    }

    private static LockCycle CycleOf(Locks model)
    {
        SearchResult search = Searching.All(model);
        return LockCycles.WithExamples(model, LockCycles.Of(model.Layout, search.LockOrder, Inversion(search)));
    }

    private static Violation Inversion(SearchResult search) => search.Violations.Single(v => v.Kind == ViolationKind.LockOrder);

    private static IEnumerable<StepEvent> Events(Model model, LockOrderExample example, IReadOnlyList<LockOrderEdge>? order) =>
        Replay.Run(model, example.Schedule, order).Steps.SelectMany(s => s.Events);

    private static bool IsViolation(StepEvent e) => e.Kind == EventKind.Violation;

    private static string Spell(TakenLock taken) => string.Join(' ', taken.Stack);

    private static async Call Nothing() => await new AccessStep(Choice.Index);

    private static async Call TakeBThenC()
    {
        await B.Lock();
        await TakeSecond(C);
        B.Unlock();
    }

    private static async Call TakeCThenA()
    {
        await C.Lock();
        await TakeSecond(A);
        C.Unlock();
    }

    private static async Call Three()
    {
        await TakeAThenB();
        await TakeBThenC();
        await TakeCThenA();
    }

    private static async Call EitherOrder()
    {
        if (await new AccessStep(Choice.Index, alternatives: 2) == 0)
        {
            await TakeAThenB();
        }
        else
        {
            await TakeBThenA();
        }
    }

    private static async Call MightWaitUnderA()
    {
        await A.Lock();
        B.MightWait();
        A.Unlock();
    }

    private static async Call FirstThenSecond()
    {
        await First.DownRead();
        await Second.DownRead();
        await Nothing();
        Second.UpRead();
        First.UpRead();
    }

    private static async Call SecondThenFirst()
    {
        await Second.DownRead();
        await First.DownRead();
        await Nothing();
        First.UpRead();
        Second.UpRead();
    }

    private sealed class Locks : SmallModel
    {
        private readonly Func<Call> first;
        private readonly Func<Call> second;

        public Locks(Func<Call> first, Func<Call> second, bool knownAThenB = false)
            : base(2)
        {
            this.first = first;
            this.second = second;
            Layout.AddLock("A", "A");
            Layout.AddLock("B", "B");
            Layout.AddLock("C", "C");
            Layout.AddLock("first", "first", neverWritten: true);
            Layout.AddLock("second", "second", neverWritten: true);
            Layout.Add("choice", 1, WordKind.Visible);
            if (knownAThenB)
            {
                Layout.AddKnownOrder(A.Index, B.Index);
            }
        }

        public string Prefix { get; init; } = "";

        public override string FunctionName(string name) => Prefix + name;

        public override Call Start(int thread) => thread == 0 ? first() : second();
    }
}
