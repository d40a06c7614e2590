using Faultline.Engine.Coroutines;
using Faultline.Engine.State;

namespace Faultline.Engine.Sync;

/// <summary>A mutex, spinlock or bit lock.</summary>
/// <param name="Index">Index of the lock word.</param>
public readonly record struct Mutex(int Index)
{
    /// <summary>Takes it; a scheduling point.</summary>
    public AcquireStep Lock() => new(Index, StepKind.Lock);

    /// <summary>Releases it; no scheduling point, since that only enables others.</summary>
    public void Unlock() => Execution.Current.Release(Index, shared: false);

    /// <summary>
    /// Notes that the running thread has taken a lock that the model keeps elsewhere (a bit of a guarded word), for reports and
    /// lock order. Like a trylock it orders nothing by itself; <see cref="MightWait"/> does.
    /// </summary>
    public void NoteTaken() => Execution.Current.NoteTaken(Index);

    /// <summary>Notes that the running thread may now wait for this lock: orders it after all locks held.</summary>
    public void MightWait() => Execution.Current.NoteOrder(Index, StepKind.Lock);

    /// <summary>True when the running thread owns it.</summary>
    public bool IsMine => Execution.Current.Owns(Index);

    /// <summary>True when somebody owns it (for checks between steps).</summary>
    public bool IsOwned => Execution.Current.IsOwned(Index);
}

/// <summary>A reader-writer semaphore; a writer that waits holds back new readers.</summary>
/// <param name="Index">Index of the lock word.</param>
public readonly record struct RwSem(int Index)
{
    /// <summary>Takes it for reading; a scheduling point unless nobody ever takes it for writing.</summary>
    public AcquireStep DownRead() => new(Index, StepKind.DownRead);

    /// <summary>Takes it for reading unless a writer holds it; says whether it did. Never waits, so it orders no locks.</summary>
    public TryReadStep TryDownRead() => new(Index);

    /// <summary>Takes it for writing; a scheduling point.</summary>
    public AcquireStep DownWrite() => new(Index, StepKind.DownWrite);

    /// <summary>Releases it after <see cref="DownRead"/>.</summary>
    public void UpRead() => Execution.Current.Release(Index, shared: true);

    /// <summary>Releases it after <see cref="DownWrite"/>.</summary>
    public void UpWrite() => Execution.Current.Release(Index, shared: false);

    /// <summary>True when the running thread holds it, either way.</summary>
    public bool IsMine => Execution.Current.Holds(Index);

    /// <summary>True when somebody holds it for writing (for checks between steps).</summary>
    public bool IsOwned => Execution.Current.IsOwned(Index);
}

/// <summary>Taking a lock.</summary>
public readonly struct AcquireStep(int word, StepKind kind) : IStep
{
    private readonly int kind = (int)kind; // an int: no padding in the frame

    /// <summary>Lets it be awaited.</summary>
    public AcquireStep GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted
    {
        get
        {
            Execution execution = Execution.Current;
            if (execution.TakesAtOnce(word, (StepKind)kind))
            {
                return true;
            }

            execution.Suspend((StepKind)kind, word);
            return false;
        }
    }

    /// <summary>Takes it.</summary>
    public void GetResult() => Execution.Current.Acquire(word, (StepKind)kind);
}

/// <summary>Taking a semaphore for reading if that needs no waiting.</summary>
public readonly struct TryReadStep(int word) : IStep
{
    /// <summary>Lets it be awaited.</summary>
    public TryReadStep GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted => Execution.Current.TryInline(StepKind.Access, word);

    /// <summary>Takes it, or not.</summary>
    public bool GetResult() => Execution.Current.TryAcquireRead(word);
}
