using Faultline.Engine.Witnesses;
using Faultline.Kernel.Programs;
using Faultline.Kernel.User;

namespace Faultline.Explain.Stories;

/// <summary>Tells a circle of lock classes.</summary>
internal static class CycleTale
{
    public static CycleStory Of(LockCycle cycle, WordNames names, UserProgram? program) => new(
        [.. cycle.Edges.Select(e => e.Held).Append(cycle.Edges[0].Held)],
        [.. cycle.Edges.Select(e => Edge(e, names, program))]);

    private static CycleEdge Edge(LockCycleEdge edge, WordNames names, UserProgram? program)
    {
        if (edge.Example is not { } example)
        {
            string why = edge.IsSeen ? "no schedule: none was asked for, or the search for the shortest met its bound"
                : "a documented rule, not seen in this program";
            return new CycleEdge(edge.Held, edge.Taken, edge.IsDocumented, why, null, null, null, false, false);
        }

        string held = Name(example.Outer, names), taken = Name(example.Inner, names);
        return new CycleEdge(
            edge.Held,
            edge.Taken,
            edge.IsDocumented,
            $"P{example.Thread} takes {taken} while it holds {held}{(edge.IsDocumented ? "; also a documented rule" : "")}",
            example.Schedule.ToString(),
            Stack(example.Thread, example.Outer, held, names, program),
            Stack(example.Thread, example.Inner, taken, names, program),
            example.Outer.IsRead,
            example.Inner.IsRead);
    }

    private static string Name(TakenLock taken, WordNames names) => names[taken.Word] + (taken.IsRead ? "(r)" : "");

    private static StackTrace Stack(int thread, TakenLock taken, string name, WordNames names, UserProgram? program) => new(
        $"P{thread} {(taken.Step == 0 ? "before its first step" : $"at step {taken.Step}")}",
        thread,
        taken.Step,
        [.. taken.Stack.Reverse().Where(f => program is null || !Scaffolding.Contains(f))],
        program is null ? "" : InstructionText.Of(program, thread, taken.CallsDone),
        [],
        $"takes {name}");
}
