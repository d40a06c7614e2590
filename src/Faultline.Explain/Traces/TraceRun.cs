using Faultline.Engine;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Traces;

namespace Faultline.Explain.Traces;

/// <summary>A trace event of a run of the model.</summary>
/// <param name="Step">1-based step of the schedule.</param>
/// <param name="Thread">The thread, and its CPU.</param>
/// <param name="Event">What it says.</param>
public sealed record FiredEvent(int Step, int Thread, TraceEvent Event);

/// <summary>Runs a schedule once more and notes the trace events that the kernel's functions fire.</summary>
public sealed class TraceRun : IRecorder
{
    private readonly List<FiredEvent> events = [];
    private int step;
    private int thread;

    private TraceRun()
    {
    }

    /// <summary>The trace events of a schedule, in order.</summary>
    /// <param name="machine">The machine it was found in.</param>
    /// <param name="schedule">The schedule.</param>
    public static IReadOnlyList<FiredEvent> Of(Machine machine, Schedule schedule)
    {
        var run = new TraceRun();
        using var execution = new Execution(machine) { Recorder = run };
        execution.Initialise();
        foreach (Move move in schedule.Moves)
        {
            run.step++;
            run.thread = move.Thread;
            execution.Run(move.Thread, move.Choice);
        }

        return run.events;
    }

    /// <inheritdoc/>
    public void Traced(long what) => events.Add(new FiredEvent(step, thread, TraceEvent.Unpack(what)));

    void IRecorder.Enter(int frameId)
    {
    }

    void IRecorder.Leave()
    {
    }

    void IRecorder.Wrote(int word, int before, int after)
    {
    }

    void IRecorder.Acquired(int lockWord, StepKind kind)
    {
    }

    void IRecorder.Released(int lockWord)
    {
    }

    void IRecorder.Note(string text)
    {
    }

    void IRecorder.Violated(Violation violation, int word, string? detail)
    {
    }
}
