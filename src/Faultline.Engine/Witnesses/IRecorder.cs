using Faultline.Engine.State;

namespace Faultline.Engine.Witnesses;

/// <summary>Is told what happens within a transition while a schedule is replayed.</summary>
public interface IRecorder
{
    /// <summary>A coroutine was called.</summary>
    void Enter(int frameId);

    /// <summary>The innermost coroutine returned.</summary>
    void Leave();

    /// <summary>A word was written.</summary>
    void Wrote(int word, int before, int after);

    /// <summary>A lock was taken.</summary>
    void Acquired(int lockWord, StepKind kind);

    /// <summary>A lock is taken, or may be waited for, while another is held.</summary>
    void Ordered(int heldLock, int takenLock, StepKind kind)
    {
    }

    /// <summary>A lock was released.</summary>
    void Released(int lockWord);

    /// <summary>Something a reader wants to know.</summary>
    void Note(string text);

    /// <summary>A trace event fired; what it says is the model's own encoding (see <see cref="Sync.TraceStep"/>).</summary>
    void Traced(long what)
    {
    }

    /// <summary>Something went wrong.</summary>
    void Violated(Violation violation, int word, string? detail);
}
