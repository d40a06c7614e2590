using System.Runtime.InteropServices;

namespace Faultline.Engine.State;

/// <summary>What a thread's next step is.</summary>
public enum StepKind : byte
{
    /// <summary>The thread has returned from its body.</summary>
    Done,

    /// <summary>Take a mutex or spinlock.</summary>
    Lock,

    /// <summary>Take a semaphore for reading.</summary>
    DownRead,

    /// <summary>Take a semaphore for writing; while it is taken, first queue, which holds back new readers.</summary>
    DownWrite,

    /// <summary>Sleep on a wait queue until somebody takes this thread off it.</summary>
    Sleep,

    /// <summary>Read a word without a lock.</summary>
    Read,

    /// <summary>Write a word that can be seen without a lock.</summary>
    Write,

    /// <summary>Wake waiters of a queue.</summary>
    Wake,

    /// <summary>Queue up on a wait queue.</summary>
    Enqueue,

    /// <summary>A scheduling point for an access that the model makes itself.</summary>
    Access,

    /// <summary>Stopped for good: BUG().</summary>
    Halted,
}

/// <summary>
/// A thread's part of the state vector; its frames follow. <see cref="Fingerprint"/> covers all from <see cref="StackBytes"/> on and is
/// kept up to date when the thread moves, so that a state's fingerprint costs the words and one stack.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ThreadHeader
{
    /// <summary>Locks a thread can hold at once.</summary>
    public const int MaxHeld = 12;

    /// <summary>Bytes at the beginning that the fingerprint does not cover.</summary>
    public const int Uncovered = sizeof(ulong);

    /// <summary>Fingerprint of the rest of the header and of the live frames.</summary>
    public ulong Fingerprint;

    /// <summary>Bytes of frames.</summary>
    public int StackBytes;

    /// <summary>The word the next step is about.</summary>
    public int Word;

    /// <summary>The next step.</summary>
    public StepKind Kind;

    /// <summary>How many ways the next step can go (a choice of the hardware); at least 1.</summary>
    public byte Alternatives;

    /// <summary>Number of locks held.</summary>
    public byte HeldCount;

    private readonly byte unused; // explicit padding: a header is fingerprinted byte by byte

    /// <summary>Words of the locks held, outermost first.</summary>
    public fixed int Held[MaxHeld];

    private readonly int unusedToo;
}
