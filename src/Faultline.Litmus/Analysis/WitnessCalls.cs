using Faultline.Engine.Witnesses;

namespace Faultline.Litmus.Analysis;

/// <summary>Two functions that might exclude each other.</summary>
/// <param name="First">The first, in alphabetical order.</param>
/// <param name="Second">The second; the same as the first when a function excludes itself.</param>
/// <param name="Steps">Steps that the two take in the witness.</param>
/// <param name="Depth">How deep in the call stack they are, both together.</param>
internal sealed record FunctionPair(string First, string Second, int Steps, int Depth);

/// <summary>The calls of a witness: who was in which function from which step to which.</summary>
internal sealed class WitnessCalls
{
    private readonly List<CallSpan> spans = [];
    private readonly Dictionary<string, HashSet<string>> callers = [];

    /// <summary>Reads them.</summary>
    /// <param name="witness">The witness.</param>
    /// <param name="isKernelFunction">Tells functions of the kernel from the model's own.</param>
    public WitnessCalls(Witness witness, Func<string, bool> isKernelFunction)
    {
        var open = new Dictionary<int, List<(string Function, int Step)>>();
        foreach (WitnessStep step in witness.Steps)
        {
            int thread = step.Move.Thread;
            if (!open.TryGetValue(thread, out List<(string, int)>? stack))
            {
                open[thread] = stack = [];
                foreach (string function in step.Stack)
                {
                    Call(stack, function, 0);
                }
            }

            foreach (StepEvent e in step.Events)
            {
                if (e.Kind == EventKind.Call)
                {
                    Call(stack, e.Text, step.Number);
                }
                else if (e.Kind == EventKind.Return && stack.Count > 0)
                {
                    (string function, int from) = stack[^1];
                    stack.RemoveAt(stack.Count - 1);
                    spans.Add(new CallSpan(thread, function, from, step.Number));
                }
            }
        }

        foreach ((int thread, List<(string Function, int Step)> stack) in open)
        {
            spans.AddRange(stack.Select(call => new CallSpan(thread, call.Function, call.Step, int.MaxValue)));
        }

        spans.RemoveAll(s => !isKernelFunction(s.Function));
        Steps = witness.Steps.Count;
    }

    private int Steps { get; }

    /// <summary>The pairs of which two threads were in one each at the same time: those that take fewest steps first, the innermost of equals.</summary>
    public List<FunctionPair> Overlapping()
    {
        var pairs = new HashSet<(string, string)>();
        for (int i = 0; i < spans.Count; i++)
        {
            for (int j = i + 1; j < spans.Count; j++)
            {
                if (spans[i].Thread != spans[j].Thread && spans[i].First <= spans[j].Last && spans[j].First <= spans[i].Last)
                {
                    bool ordered = string.CompareOrdinal(spans[i].Function, spans[j].Function) <= 0;
                    pairs.Add(ordered ? (spans[i].Function, spans[j].Function) : (spans[j].Function, spans[i].Function));
                }
            }
        }

        return [.. pairs
            .Select(p => new FunctionPair(p.Item1, p.Item2, Length(p.Item1) + (p.Item1 == p.Item2 ? 0 : Length(p.Item2)), Depth(p.Item1) + Depth(p.Item2)))
            .OrderBy(p => p.Steps).ThenByDescending(p => p.Depth).ThenBy(p => p.First, StringComparer.Ordinal).ThenBy(p => p.Second, StringComparer.Ordinal)];
    }

    /// <summary>Does a lock around a pair cover one around two other functions: is each of these, or a caller of it, in the pair?</summary>
    public bool Covers(FunctionPair pair, string first, string second) =>
        (Encloses(pair.First, first) || Encloses(pair.Second, first)) && (Encloses(pair.First, second) || Encloses(pair.Second, second));

    private bool Encloses(string outer, string inner) =>
        outer == inner || (callers.TryGetValue(inner, out HashSet<string>? above) && above.Contains(outer));

    private int Depth(string function) => callers.TryGetValue(function, out HashSet<string>? above) ? above.Count : 0;

    private int Length(string function) =>
        spans.Where(s => s.Function == function).Sum(s => Math.Min(s.Last, Steps) - s.First + 1);

    private void Call(List<(string Function, int Step)> stack, string function, int step)
    {
        if (!callers.TryGetValue(function, out HashSet<string>? above))
        {
            callers[function] = above = [];
        }

        above.UnionWith(stack.Select(call => call.Function));
        stack.Add((function, step));
    }

    // A call by a thread, from the step that entered it to the one that left it.
    private readonly record struct CallSpan(int Thread, string Function, int First, int Last);
}
