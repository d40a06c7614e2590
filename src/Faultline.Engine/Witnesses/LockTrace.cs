using Faultline.Engine.Coroutines;
using Faultline.Engine.State;

namespace Faultline.Engine.Witnesses;

/// <summary>Runs a schedule to find where a lock of one class is taken while one of another is held, and where that one was taken.</summary>
internal sealed class LockTrace : IRecorder
{
    private readonly Execution execution;
    private readonly int heldClass;
    private readonly int takenClass;
    private readonly Thread[] threads;
    private int step;
    private (int Thread, TakenLock Outer, TakenLock Inner)? found;

    private LockTrace(Execution execution, int heldClass, int takenClass)
    {
        this.execution = execution;
        this.heldClass = heldClass;
        this.takenClass = takenClass;
        threads = [.. Enumerable.Range(0, execution.Shape.Threads).Select(_ => new Thread())];
    }

    private Thread Running => threads[execution.Me];

    /// <summary>Where it first happens in a schedule; null when it does not.</summary>
    public static LockOrderExample? Run(Model model, Schedule schedule, int heldClass, int takenClass)
    {
        using var execution = new Execution(model);
        var trace = new LockTrace(execution, heldClass, takenClass);
        execution.Recorder = trace;
        execution.Initialise();
        foreach (Move move in schedule.Moves)
        {
            trace.step++;
            execution.Run(move.Thread, move.Choice);
        }

        return trace.found is var (thread, outer, inner) ? new LockOrderExample(schedule, thread, outer, inner) : null;
    }

    /// <inheritdoc/>
    public void Enter(int frameId) => Running.Stack.Add(execution.Model.FunctionName(KernelNames.OfFrame(frameId)));

    /// <inheritdoc/>
    public void Leave()
    {
        List<string> stack = Running.Stack;
        stack.RemoveAt(stack.Count - 1);
        Running.CallsDone += stack.Count == 1 ? 1 : 0;
    }

    /// <inheritdoc/>
    public void Acquired(int lockWord, StepKind kind) => Running.Held.Add(Here(lockWord, kind));

    /// <inheritdoc/>
    public void Ordered(int heldLock, int takenLock, StepKind kind)
    {
        Layout layout = execution.Layout;
        if (found is null && layout.ClassOf(heldLock) == heldClass && layout.ClassOf(takenLock) == takenClass)
        {
            found = (execution.Me, Running.Held.Last(held => held.Word == heldLock), Here(takenLock, kind));
        }
    }

    /// <inheritdoc/>
    public void Released(int lockWord) => Running.Held.RemoveAt(Running.Held.FindLastIndex(held => held.Word == lockWord));

    /// <inheritdoc/>
    public void Wrote(int word, int before, int after)
    {
    }

    /// <inheritdoc/>
    public void Note(string text)
    {
    }

    /// <inheritdoc/>
    public void Violated(Violation violation, int word, string? detail)
    {
    }

    private TakenLock Here(int lockWord, StepKind kind) =>
        new(lockWord, kind == StepKind.DownRead, step, [.. Running.Stack], Running.CallsDone);

    private sealed class Thread
    {
        public List<string> Stack { get; } = [];

        public List<TakenLock> Held { get; } = [];

        public int CallsDone { get; set; }
    }
}
