using System.Runtime.InteropServices;
using System.Text;
using Faultline.Engine.State;

namespace Faultline.Engine.Tests.Optimal;

/// <summary>
/// Counts Mazurkiewicz traces by following every schedule to its end and putting those together that order all dependent steps alike. Shares
/// no code with the optimal search: dependence is decided on the plain lists of accesses.
/// </summary>
public sealed unsafe class EveryTrace
{
    private readonly Execution execution;
    private readonly HashSet<string> traces = [];
    private readonly List<Taken> schedule = [];
    private long budget;

    private EveryTrace(Execution execution, long budget) => (this.execution, this.budget) = (execution, budget);

    /// <summary>The number of traces; null: too many steps.</summary>
    public static int? Count(Model model, long stepsAtMost)
    {
        using var execution = new Execution(model) { LogsAccesses = true };
        var all = new EveryTrace(execution, stepsAtMost);
        byte* initial = all.Vector();
        execution.Initialise(initial);
        all.Follow(initial);
        NativeMemory.AlignedFree(initial);
        return all.budget < 0 ? null : all.traces.Count;
    }

    private void Follow(byte* from)
    {
        byte* to = Vector();
        bool isEnd = true;
        for (int thread = 0; thread < execution.Shape.Threads && budget >= 0; thread++)
        {
            int alternatives = execution.Enabled(from, thread);
            isEnd &= alternatives == 0;
            (int Word, bool Writes)[] accesses = [.. Enumerable.Range(0, alternatives).SelectMany(c => Run(from, to, thread, c))];
            for (int choice = 0; choice < alternatives && budget >= 0; choice++)
            {
                Run(from, to, thread, choice);
                budget--;
                if (!execution.Pruned)
                {
                    schedule.Add(new Taken(thread, choice, accesses));
                    Follow(to);
                    schedule.RemoveAt(schedule.Count - 1);
                }
            }
        }

        if (isEnd)
        {
            traces.Add(Trace());
        }

        NativeMemory.AlignedFree(to);
    }

    private List<(int Word, bool Writes)> Run(byte* from, byte* to, int thread, int choice)
    {
        execution.Shape.Copy(from, to);
        execution.Attach(to);
        execution.Run(thread, choice);
        var accesses = new List<(int, bool)>();
        ThreadHeader* next = execution.Shape.Header(from, thread);
        if (next->Kind is StepKind.Lock or StepKind.DownRead or StepKind.DownWrite or StepKind.Sleep)
        {
            accesses.Add((next->Word, false));
        }

        foreach (int code in execution.Touched)
        {
            accesses.Add((code >> Accesses.Shift, (code & Accesses.KindMask) is not (Accesses.Reads or Accesses.TakesShared)));
        }

        return accesses;
    }

    // For each step, by thread and place in it, the steps that must come before: the same text for schedules of the same trace.
    private string Trace()
    {
        var before = new List<HashSet<string>>();
        var names = new List<string>();
        var places = new int[execution.Shape.Threads];
        for (int i = 0; i < schedule.Count; i++)
        {
            Taken step = schedule[i];
            var past = new HashSet<string>();
            for (int j = 0; j < i; j++)
            {
                if (schedule[j].DependsOn(step))
                {
                    past.UnionWith(before[j]);
                    past.Add(names[j]);
                }
            }

            before.Add(past);
            names.Add($"{step.Thread}.{places[step.Thread]++}.{step.Choice}");
        }

        var text = new StringBuilder();
        foreach (int i in Enumerable.Range(0, names.Count).OrderBy(i => names[i], StringComparer.Ordinal))
        {
            text.Append(names[i]).Append(':').AppendJoin(',', before[i].Order(StringComparer.Ordinal)).Append(';');
        }

        return text.ToString();
    }

    private byte* Vector() => execution.Shape.NewVector();

    private sealed record Taken(int Thread, int Choice, (int Word, bool Writes)[] Accesses)
    {
        public bool DependsOn(Taken other) => Thread == other.Thread
            || Accesses.Any(a => other.Accesses.Any(b => a.Word == b.Word && (a.Writes || b.Writes)));
    }
}
