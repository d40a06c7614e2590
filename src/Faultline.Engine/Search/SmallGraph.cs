using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>A state of a small graph.</summary>
/// <param name="IsEnd">No step leads out of it.</param>
/// <param name="Fails">The failure is met in it, or on every way into it that was followed.</param>
public sealed record GraphState(bool IsEnd, bool Fails);

/// <summary>A step of a small graph.</summary>
/// <param name="From">Number of a state.</param>
/// <param name="To">Number of a state; where the step fails, of one that nothing leads out of.</param>
/// <param name="Move">Who moves.</param>
/// <param name="Kind">What kind of step.</param>
/// <param name="Word">Index of the word that it is about.</param>
/// <param name="Fails">The failure is met in it.</param>
public sealed record GraphStep(int From, int To, Move Move, StepKind Kind, int Word, bool Fails);

/// <summary>
/// The whole state graph of a small test, to draw. A step on which the failure is met leads to a state of its own, and is not followed.
/// </summary>
/// <param name="States">The states; the first one is where everything starts.</param>
/// <param name="Steps">The steps.</param>
public sealed record SmallGraph(IReadOnlyList<GraphState> States, IReadOnlyList<GraphStep> Steps)
{
    /// <summary>Explores the graph, breadth first.</summary>
    /// <param name="model">The model.</param>
    /// <param name="failure">The failure.</param>
    /// <param name="maxStates">States at most.</param>
    /// <returns>Null when there are more.</returns>
    public static unsafe SmallGraph? Of(Model model, WitnessTarget failure, int maxStates)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(failure);
        using var execution = new Execution(model);
        VectorShape shape = execution.Shape;
        var states = new List<GraphState>();
        var steps = new List<GraphStep>();
        var numbers = new Dictionary<ulong, int>();
        var packed = new List<byte[]>();
        byte[] fromBytes = new byte[shape.Capacity + 64], toBytes = new byte[shape.Capacity + 64];
        fixed (byte* fromStart = fromBytes, toStart = toBytes)
        {
            byte* from = Aligned(fromStart), to = Aligned(toStart);
            execution.Initialise(to);
            Reach(to);
            for (int at = 0; at < packed.Count; at++)
            {
                if (states.Count > maxStates)
                {
                    return null;
                }

                if (packed[at].Length == 0)
                {
                    continue;
                }

                fixed (byte* bytes = packed[at])
                {
                    shape.Unpack(bytes, from);
                }

                for (int thread = 0; thread < shape.Threads; thread++)
                {
                    StepKind kind = shape.Header(from, thread)->Kind;
                    int word = shape.Header(from, thread)->Word, ways = execution.Enabled(from, thread);
                    for (int choice = 0; choice < ways; choice++)
                    {
                        shape.Copy(from, to);
                        execution.Attach(to);
                        execution.LockOrder.Clear();
                        execution.Run(thread, choice);
                        if (!execution.Pruned)
                        {
                            (int number, bool fails) = Reach(to);
                            steps.Add(new GraphStep(at, number, new Move(thread, choice), kind, word, fails));
                        }
                    }
                }
            }
        }

        return new SmallGraph(states, steps);

        (int Number, bool Fails) Reach(byte* state)
        {
            execution.Model.CheckState(execution);
            bool final = execution.IsFinal(state);
            if (final)
            {
                execution.CheckFinal();
            }

            bool fails = failure(execution, final);
            ulong fingerprint = shape.Fingerprint(state);
            if (!fails && numbers.TryGetValue(fingerprint, out int known))
            {
                return (known, false);
            }

            if (!fails)
            {
                numbers[fingerprint] = states.Count;
            }

            byte[] bytes = fails || final ? [] : new byte[shape.PackedBytes(state)];
            if (bytes.Length > 0)
            {
                fixed (byte* place = bytes)
                {
                    shape.Pack(state, place);
                }
            }

            states.Add(new GraphState(final, fails));
            packed.Add(bytes);
            return (states.Count - 1, fails);
        }
    }

    /// <summary>The states from which an end without the failure can be reached.</summary>
    public IReadOnlySet<int> Hopeful()
    {
        ILookup<int, int> before = Steps.Where(s => !s.Fails).ToLookup(s => s.To, s => s.From);
        var hopeful = new HashSet<int>();
        var work = new Stack<int>(Enumerable.Range(0, States.Count).Where(n => States[n] is { IsEnd: true, Fails: false }));
        while (work.TryPop(out int state))
        {
            if (hopeful.Add(state))
            {
                foreach (int from in before[state])
                {
                    work.Push(from);
                }
            }
        }

        return hopeful;
    }

    private static unsafe byte* Aligned(byte* start) => (byte*)(((nuint)start + 63) & ~(nuint)63);
}
