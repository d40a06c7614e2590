using Faultline.Engine;
using Faultline.Engine.Coroutines;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;
using Mutex = Faultline.Engine.Sync.Mutex;

namespace Faultline.Explain.Tests;

/// <summary>Runs that hang, and lock order, told of a model of two locks.</summary>
public sealed class DeadlockTests
{
    [Fact]
    public void BothStacksAndWhoHoldsWhat()
    {
        StoryRun run = Tell(new Violation(ViolationKind.Deadlock, "deadlock"));
        Assert.Equal(["P0 waits for B, held by P1", "P1 waits for A, held by P0"], run.Waits);
        Assert.Equal(["take_second take_a_then_b", "take_second take_b_then_a"], run.Standing.Select(s => string.Join(' ', s.Functions)));
        Assert.Equal(["A", "B"], run.Standing.Select(s => s.Held.Single()));
        Assert.Equal(["A was taken", "B was taken"], run.Stacks.Select(s => s.Title[..11]).Order());
        Assert.Equal("deadlock: P0 waits for B, held by P1; P1 waits for A, held by P0", ((TimelineEnd)run.Timeline[^1]).Text);
    }

    [Fact]
    public void AsText()
    {
        using var writer = new StringWriter();
        var story = new Story("deadlock", "deadlock", "abba", "none", "none", ["A B | B A"], ["P0", "P1"], Tell(new(ViolationKind.Deadlock, "deadlock")));
        Explanation.Write(writer, story, TextOptions.Default);
        string text = writer.ToString();
        Assert.Contains("who waits for what:\n  P0 waits for B, held by P1\n  P1 waits for A, held by P0\n", text);
        Assert.Contains("preempted in take_second, about to lock", text);
        Assert.Contains("      ! deadlock: P0 waits for B", text);
    }

    [Fact]
    public void AnInversionShowsBothOrders()
    {
        var model = new Abba();
        Violation violation = ExhaustiveSearch.Run(model, null).Violations.Single(v => v.Kind == ViolationKind.LockOrder);
        StoryRun run = Tell(violation);
        Assert.Equal(2, run.Stacks.Count);
        Assert.StartsWith("the other order, P", run.Stacks[1].Title);
        Assert.NotEqual(run.Stacks[0].Thread, run.Stacks[1].Thread);
    }

    private static StoryRun Tell(Violation violation)
    {
        var model = new Abba();
        Schedule schedule = FewestSwitches.Find(model, (e, final) => violation.Kind == ViolationKind.Deadlock ? final && !e.IsDone : e.Raised.Contains(violation), lockOrderMatters: true)!;
        return StoryBuilder.OfModel(model, violation, Replay.Run(model, schedule));
    }

    private sealed class Abba : Model
    {
        private static readonly Mutex A = new(0);
        private static readonly Mutex B = new(1);

        public Abba()
        {
            Layout.AddLock("A", "A");
            Layout.AddLock("B", "B");
        }

        public override Layout Layout { get; } = new();

        public override int Threads => 2;

        public override void Initialise(Execution execution)
        {
        }

        public override Call Start(int thread) => thread == 0 ? TakeAThenB() : TakeBThenA();

        private static async Call TakeAThenB()
        {
            await A.Lock();
            await TakeSecond(B);
            A.Unlock();
        }

        private static async Call TakeBThenA()
        {
            await B.Lock();
            await TakeSecond(A);
            B.Unlock();
        }

        private static async Call TakeSecond(Mutex second)
        {
            await second.Lock();
            second.Unlock();
        }
    }
}
