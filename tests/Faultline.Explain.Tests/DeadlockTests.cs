using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Explain.Stories;
using Faultline.Explain.Text;

namespace Faultline.Explain.Tests;

/// <summary>Runs that hang, and lock order, told of a model of two locks.</summary>
public sealed class DeadlockTests
{
    [Fact]
    public void BothStacksAndWhoHoldsWhat()
    {
        StoryRun run = Tell(new Violation(ViolationKind.Deadlock, "deadlock"));
        Assert.Equal(["P0 waits for B, held by P1", "P1 waits for A, held by P0"], run.Waits);
        Assert.Equal(["take_second take_first", "take_second take_own_and_next"], run.Standing.Select(s => string.Join(' ', s.Functions)));
        Assert.Equal(["A", "B"], run.Standing.Select(s => s.Held.Single()));
        Assert.Equal(["A was taken", "B was taken"], run.Stacks.Select(s => s.Title[..11]).Order());
        Assert.Equal("deadlock: P0 waits for B, held by P1; P1 waits for A, held by P0", ((TimelineEnd)run.Timeline[^1]).Text);
    }

    [Fact]
    public void AsText()
    {
        using var writer = new StringWriter();
        var story = new Story("deadlock", "deadlock", "abba", "none", "none", ["A B | B A"], ["P0", "P1"], Tell(new(ViolationKind.Deadlock, "deadlock")));
        Explanation.Write(writer, story, TextOptions.Default with { Whole = true });
        string text = writer.ToString();
        Assert.Contains("who waits for what:\n  P0 waits for B, held by P1\n  P1 waits for A, held by P0\n", text);
        Assert.Contains("preempted in take_second, about to lock", text);
        Assert.Contains("      ! deadlock: P0 waits for B", text);
    }

    /// <summary>The schedule ends where the circle closes; who took the other order is told by the circle.</summary>
    [Fact]
    public void AnInversionEndsWhereItCloses()
    {
        var model = new Ring("A", "B");
        (Violation violation, _, Witness witness) = model.Find();
        StoryRun run = StoryBuilder.OfModel(model, violation, witness);
        Assert.Equal(violation.ToString(), Assert.IsType<TimelineCell>(run.Timeline[^1]).Text);
        Assert.Equal("take_second", Assert.Single(run.Stacks).Functions[0]);
    }

    private static StoryRun Tell(Violation violation)
    {
        var model = new Ring("A", "B");
        Schedule schedule = FewestSwitches.Find(model, (e, final) => final && !e.IsDone)!;
        return StoryBuilder.OfModel(model, violation, Replay.Run(model, schedule));
    }
}
