using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests.Strategies;

/// <summary>
/// P0 writes 1, 2, ... to a word, P1 reads it as often and complains when it has seen each value in turn: after every write but the last
/// P0 is preempted, and after every read but the last P1 is.
/// </summary>
public sealed class Staircase : SmallModel
{
    private static readonly Word<int> Step = new(0);
    private static readonly Word<int> Climbed = new(1);
    private readonly int steps;
    private readonly bool complains;

    /// <param name="steps">How many values.</param>
    /// <param name="complains">False: the same program without the bug.</param>
    public Staircase(int steps, bool complains = true)
        : base(2)
    {
        (this.steps, this.complains) = (steps, complains);
        Layout.Add("step", 1, WordKind.Visible);
        Layout.Add("climbed", 1, WordKind.Private);
    }

    /// <summary>Preemptions that the bug needs.</summary>
    public int Preemptions => 2 * (steps - 1);

    /// <summary>Runs that came to an end so far in which it showed; for strategies that run one schedule at a time.</summary>
    public int Shown { get; private set; }

    public override Call Start(int thread) => thread == 0 ? Up(steps) : Look(steps);

    public override void CheckState(Execution execution)
    {
        bool climbed = Climbed.Raw == steps;
        Shown += climbed && execution.IsDone ? 1 : 0;
        if (climbed && complains)
        {
            execution.Raise(ViolationKind.Bug, "climbed");
        }
    }

    private static async Call Up(int steps)
    {
        for (int i = 1; i <= steps; i++)
        {
            await Step.Write(i);
        }
    }

    private static async Call Look(int steps)
    {
        for (int i = 1; i <= steps; i++)
        {
            if (await Step.ReadOnce() == i && Climbed.Raw == i - 1)
            {
                Climbed.WriteAlso(i);
            }
        }
    }
}
