using Faultline.Engine.Coroutines;
using Faultline.Engine.State;

namespace Faultline.Engine.Witnesses;

/// <summary>Runs a schedule once and writes down what happens.</summary>
public sealed unsafe class Replay : IRecorder
{
    private readonly Model model;
    private readonly Layout layout;
    private readonly List<string> functions = [];
    private readonly List<StepEvent> events = [];

    private Replay(Model model)
    {
        this.model = model;
        layout = model.Layout;
    }

    /// <summary>Replays a schedule.</summary>
    /// <param name="model">The model it was found in.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="lockOrder">An order of lock classes that is known from other schedules.</param>
    /// <exception cref="ModelException">A step of the schedule is not enabled: it belongs to another model or version.</exception>
    public static Witness Run(Model model, Schedule schedule, IReadOnlyList<LockOrderEdge>? lockOrder = null)
    {
        using var execution = new Execution(model);
        execution.KnowOrder(lockOrder ?? []);
        execution.Initialise();
        return new Replay(model).Run(execution, execution.Vector, schedule);
    }

    /// <summary>Runs a schedule and calls back in the state it ends in.</summary>
    /// <param name="model">The model it was found in.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="visit">Is given the execution, attached to the state.</param>
    public static void Visit(Model model, Schedule schedule, Action<Execution> visit)
    {
        using var execution = new Execution(model);
        execution.Initialise();
        foreach (Move move in schedule.Moves)
        {
            execution.Run(move.Thread, move.Choice);
        }

        visit(execution);
    }

    /// <summary>Runs a schedule and calls back before its first step and after each.</summary>
    /// <param name="model">The model it was found in.</param>
    /// <param name="schedule">The schedule.</param>
    /// <param name="visit">Is given the execution, attached to the state.</param>
    public static void VisitEach(Model model, Schedule schedule, Action<Execution> visit)
    {
        using var execution = new Execution(model);
        execution.Initialise();
        visit(execution);
        foreach (Move move in schedule.Moves)
        {
            execution.Run(move.Thread, move.Choice);
            visit(execution);
        }
    }

    /// <inheritdoc/>
    public void Enter(int frameId)
    {
        string name = NameOf(frameId);
        functions.Add(name);
        Add(EventKind.Call, -1, text: name);
    }

    /// <inheritdoc/>
    public void Leave()
    {
        Add(EventKind.Return, -1, text: functions[^1]);
        functions.RemoveAt(functions.Count - 1);
    }

    /// <inheritdoc/>
    public void Wrote(int word, int before, int after)
    {
        if (before != after)
        {
            Add(EventKind.Write, word, layout.Print(word, before), layout.Print(word, after), layout.NameOf(word));
        }
    }

    /// <inheritdoc/>
    public void Acquired(int lockWord, StepKind kind) =>
        Add(EventKind.Acquire, lockWord, text: (kind == StepKind.DownRead ? "read " : "") + layout.NameOf(lockWord));

    /// <inheritdoc/>
    public void Released(int lockWord) => Add(EventKind.Release, lockWord, text: layout.NameOf(lockWord));

    /// <inheritdoc/>
    public void Note(string text) => Add(EventKind.Note, -1, text: text);

    /// <inheritdoc/>
    public void Violated(Violation violation, int word, string? detail) =>
        Add(EventKind.Violation, word, text: detail is null ? violation.ToString() : $"{violation}: {detail}");

    private void Add(EventKind kind, int word, string before = "", string after = "", string text = "") =>
        events.Add(new StepEvent(kind, functions.Count > 0 ? functions[^1] : "", functions.Count - 1, word, before, after, text));

    private Witness Run(Execution execution, byte* state, Schedule schedule)
    {
        var steps = new List<WitnessStep>();
        int switches = 0, preemptions = 0, last = -1;
        execution.Recorder = this;
        foreach (Move move in schedule.Moves)
        {
            if ((uint)move.Thread >= (uint)execution.Shape.Threads
                || (uint)move.Choice >= (uint)execution.Enabled(state, move.Thread))
            {
                throw new ModelException($"step {steps.Count + 1}: thread {move.Thread} cannot take alternative {move.Choice}");
            }

            bool switched = last >= 0 && last != move.Thread;
            bool preempts = switched && execution.Enabled(state, last) > 0;
            switches += switched ? 1 : 0;
            preemptions += preempts ? 1 : 0;
            steps.Add(Step(execution, state, move, steps.Count + 1, preempts));
            last = move.Thread;
        }

        AddFinalChecks(execution, state, steps);
        int[] words = new ReadOnlySpan<int>(state, layout.WordCount).ToArray();
        var threads = Enumerable.Range(0, execution.Shape.Threads).Select(t => AtEnd(execution, state, t)).ToList();
        return new Witness(schedule, steps, threads, switches, preemptions, words);
    }

    private WitnessStep Step(Execution execution, byte* state, Move move, int number, bool preempts)
    {
        ThreadHeader* header = execution.Shape.Header(state, move.Thread);
        StepKind kind = header->Kind;
        string word = layout.NameOf(header->Word);
        List<string> stack = Stack(execution, state, move.Thread);
        functions.Clear();
        functions.AddRange(stack);
        events.Clear();
        execution.Run(move.Thread, move.Choice);
        execution.Model.CheckState(execution);
        return new WitnessStep(number, move, kind, word, stack, [.. events], preempts);
    }

    // What is wrong with the state the schedule ends in, where nothing more can happen in it.
    private void AddFinalChecks(Execution execution, byte* state, List<WitnessStep> steps)
    {
        if (!execution.IsFinal(state) || steps.Count == 0)
        {
            return;
        }

        events.Clear();
        functions.Clear();
        execution.CheckFinal();
        steps[^1] = steps[^1] with { Events = [.. steps[^1].Events, .. events] };
    }

    private List<string> Stack(Execution execution, byte* state, int thread) =>
        [.. execution.Frames(state, thread).Reverse().Select(NameOf)];

    private string NameOf(int frameId) => model.FunctionName(KernelNames.OfFrame(frameId));

    private ThreadAtEnd AtEnd(Execution execution, byte* state, int thread)
    {
        ThreadHeader* header = execution.Shape.Header(state, thread);
        if (header->Kind == StepKind.Done)
        {
            return new ThreadAtEnd(thread, [], null, false, []);
        }

        var held = new List<string>();
        for (int i = 0; i < header->HeldCount; i++)
        {
            held.Add(layout.NameOf(header->Held[i]));
        }

        string waiting = header->Kind == StepKind.Halted ? "halted (BUG)" : $"{header->Kind} {layout.NameOf(header->Word)}";
        return new ThreadAtEnd(
            thread, Stack(execution, state, thread), waiting, execution.Enabled(state, thread) == 0, held);
    }
}
