using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Real.Force;

/// <summary>A witness as turns of threads that a debugger can enforce.</summary>
public sealed class SchedulePlan
{
    private readonly Witness witness;
    private readonly Symbols symbols;
    private readonly Walk[] walks;

    private SchedulePlan(Witness witness, Symbols symbols, int threads)
    {
        this.witness = witness;
        this.symbols = symbols;
        walks = [.. Enumerable.Range(0, threads).Select(_ => new Walk())];
    }

    /// <summary>Makes the turns.</summary>
    /// <param name="witness">The witness.</param>
    /// <param name="threads">Threads of the program.</param>
    /// <param name="symbols">The kernel's functions.</param>
    public static IReadOnlyList<Turn> Of(Witness witness, int threads, Symbols symbols) => [.. new SchedulePlan(witness, symbols, threads).Turns()];

    private IEnumerable<Turn> Turns()
    {
        IReadOnlyList<WitnessStep> steps = witness.Steps;
        for (int first = 0; first < steps.Count;)
        {
            int thread = steps[first].Move.Thread, last = first;
            while (last + 1 < steps.Count && steps[last + 1].Move.Thread == thread)
            {
                last++;
            }

            Walk walk = walks[thread];
            walk.TurnCalls.Clear();
            for (int step = first; step <= last; step++)
            {
                walk.Take(steps[step]);
            }

            yield return TurnOf(thread, walk, NextOf(thread, last + 1), last + 1 < steps.Count && steps[last + 1].Preemption);
            first = last + 1;
        }
    }

    private WitnessStep? NextOf(int thread, int from) => witness.Steps.Skip(from).FirstOrDefault(s => s.Move.Thread == thread);

    private Turn TurnOf(int thread, Walk walk, WitnessStep? next, bool preempted)
    {
        string[] calls = [.. walk.TurnCalls.Where(symbols.Has)];
        bool ends = next is null && witness.Threads[thread].Stack.Count == 0;
        string at = next is null ? "" : $"{next.Stack[^1]}, about to {Words(next)}";
        if (ends)
        {
            return new Turn(thread, walk.Started, TurnEnd.Done, null, calls, at);
        }

        if (!preempted && next is not null)
        {
            walk.HasPassedAll();
            return new Turn(thread, walk.Started - 1, TurnEnd.Waits, null, calls, at);
        }

        HoldPoint? hold = walk.NearestHold(symbols);
        return hold is null
            ? new Turn(thread, walk.Started - 1, TurnEnd.BeforeInstruction, null, calls, at)
            : new Turn(thread, walk.Started - 1, hold.Occurrence == 0 ? TurnEnd.Stays : TurnEnd.Held, hold, calls, at);
    }

    private static string Words(WitnessStep step) => step.Kind switch
    {
        StepKind.Access => $"access {step.Word}",
        StepKind.Sleep => $"wait on {step.Word}",
        _ => $"lock {step.Word}",
    };

    // How far a thread has come, and which functions it has entered and left in its instruction.
    private sealed class Walk
    {
        private static readonly string[] Spinlocks = ["i_pages", "tree_lock", "ptl", "pmd_lock"];

        private readonly List<(string Function, bool Return, bool AfterEffect, bool Spins)> points = [];
        private int spinning, heldAt = -1;

        // Instructions begun so far.
        public int Started { get; private set; }

        public List<string> TurnCalls { get; } = [];

        public void Take(WitnessStep step)
        {
            if (Started == 0)
            {
                Begin(step.Stack.Skip(1)); // before the first step of all nothing is recorded
            }

            for (int i = 0; i < points.Count; i++)
            {
                points[i] = points[i] with { AfterEffect = false };
            }

            foreach (StepEvent e in step.Events)
            {
                Take(e);
            }
        }

        // It waits for another thread, behind all points so far.
        public void HasPassedAll() => heldAt = points.Count - 1;

        // The last point behind the last effect; failing that the last one in the instruction that holds no spinlock. Null: it has not begun.
        public HoldPoint? NearestHold(Symbols symbols)
        {
            int at = points.FindLastIndex(p => symbols.Has(p.Function) && !p.Spins);
            if (at < 0)
            {
                return null;
            }

            (string function, bool isReturn, bool exact, _) = points[at];
            int occurrence = points.Skip(heldAt + 1).Take(at - heldAt).Count(p => p.Function == function && p.Return == isReturn);
            heldAt = Math.Max(heldAt, at);
            return new HoldPoint(function, isReturn, occurrence, exact);
        }

        private void Begin(IEnumerable<string> stack)
        {
            Started++;
            heldAt = -1;
            points.Clear();
            foreach (string function in stack)
            {
                points.Add((function, false, true, false));
                TurnCalls.Add(function);
            }
        }

        private void Take(StepEvent e)
        {
            switch (e.Kind)
            {
                case EventKind.Call when e.Depth == 1:
                    Begin([e.Text]);
                    break;
                case EventKind.Call:
                    points.Add((e.Text, false, true, spinning > 0));
                    TurnCalls.Add(e.Text);
                    break;
                case EventKind.Return when e.Depth > 1:
                    points.Add((e.Text, true, true, spinning > 0));
                    break;
                case EventKind.Acquire or EventKind.Release:
                    spinning += !Spinlocks.Any(s => e.Text.StartsWith(s, StringComparison.Ordinal)) ? 0 : e.Kind == EventKind.Acquire ? 1 : -1;
                    Passed();
                    break;
                case EventKind.Write:
                    Passed();
                    break;
            }
        }

        private void Passed()
        {
            for (int i = 0; i < points.Count; i++)
            {
                points[i] = points[i] with { AfterEffect = false };
            }
        }
    }
}
