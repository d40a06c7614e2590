using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine;

/// <summary>
/// One worker's execution context: runs one thread of a model from one scheduling point to the next, in place in a state vector.
/// A worker owns one; model code reaches it through <see cref="Current"/>. The locks are in Execution.Locks.cs, the ends
/// of runs in Execution.Ends.cs.
/// </summary>
public sealed unsafe partial class Execution : IDisposable
{
    private const int PushBytes = 16 * 1024;
    private const int MaxPushed = 64;
    private const int FrameTrailer = 2 * sizeof(int); // frame type id, frame bytes

    [ThreadStatic]
    private static Execution? current;

    private readonly byte* pushBuffer;
    private readonly int[] pushOffset = new int[MaxPushed];
    private readonly WordKind[] kinds;
    private readonly int[] guards;
    private byte* ownState;
    private int pushed;
    private int pushedBytes;
    private byte* vector;
    private int* words;
    private ThreadHeader* header;
    private StepKind pendingKind;
    private byte pendingAlternatives;
    private int pendingWord;
    private bool committed;
    private bool returned;
    private bool pruned;
    private long result;

    /// <summary>A context for one model.</summary>
    public Execution(Model model)
    {
        Model = model;
        Shape = model.Shape;
        Layout = model.Layout;
        kinds = Layout.Kinds;
        guards = Layout.Guards;
        lockOrder = Layout.KnownOrder();
        pushBuffer = (byte*)NativeMemory.AlignedAlloc(PushBytes, 64);
    }

    /// <summary>The context of the worker that runs on this thread.</summary>
    public static Execution Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => current!;
    }

    /// <summary>What is executed.</summary>
    public Model Model { get; }

    /// <summary>Shape of the vectors.</summary>
    public VectorShape Shape { get; }

    /// <summary>The model's words.</summary>
    public Layout Layout { get; }

    /// <summary>The thread that runs, or ran last.</summary>
    public int Me { get; private set; }

    /// <summary>Which alternative of a hardware choice is taken: 0 up to the step's alternatives.</summary>
    public int Choice { get; private set; }

    /// <summary>Notes what happens, for a replay; null while searching.</summary>
    public IRecorder? Recorder { get; set; }

    /// <summary>No scheduling points at all: the one thread runs to its end (see <see cref="Search.SingleRun"/>).</summary>
    public bool RunsAlone { get; init; }

    /// <summary>
    /// Steps leave the threads' own fingerprints as they were: for runs that look at few states. <see cref="StateFingerprint"/> then needs
    /// <see cref="VectorShape.Rehash"/> of every thread first.
    /// </summary>
    internal bool LeavesFingerprints { get; init; }

    /// <summary>Every trace event is a visible step with a scheduling point of its own: to follow a real trace, not to search.</summary>
    public bool StopsAtTraces { get; init; }

    /// <summary>True when the model found the alternative just run to be no step of its own: drop the state.</summary>
    public bool Pruned => pruned;

    /// <summary>What the last transition or check found wrong.</summary>
    public RaisedViolations Raised { get; } = new();

    /// <summary>The state vector being worked on.</summary>
    public byte* Vector => vector;

    /// <summary>Fingerprint of the attached state.</summary>
    public ulong StateFingerprint => Shape.Fingerprint(vector);

    /// <summary>Makes this the context of the calling thread, on the given vector.</summary>
    public void Attach(byte* state)
    {
        current = this;
        vector = state;
        words = (int*)state;
    }

    /// <summary>Makes this the context of the calling thread, on the words of a state whose frames are elsewhere.</summary>
    internal void AttachWords(byte* state, bool allDone)
    {
        current = this;
        vector = null;
        words = (int*)state;
        wordsAreDone = allDone;
    }

    /// <summary>Writes the initial state: the model's words, and every thread up to its first scheduling point.</summary>
    public void Initialise(byte* state)
    {
        Attach(state);
        new Span<byte>(state, Shape.WordBytes).Clear();
        Raised.Clear();
        Model.Initialise(this);
        for (int t = 0; t < Shape.Threads; t++)
        {
            Me = t;
            header = Shape.Header(state, t);
            *header = default;
            header->Alternatives = 1;
            BeginStretch();
            committed = true; // nothing visible may happen before the first scheduling point
            _ = Model.Start(t);
            Settle();
            Shape.Rehash(state, t);
        }
    }

    /// <summary>Initialises a state of this context's own, for a run that needs no other. It lives as long as the context.</summary>
    public void Initialise()
    {
        if (ownState == null)
        {
            ownState = Shape.NewVector();
        }

        Initialise(ownState);
    }

    /// <summary>How many alternatives the thread's next step has now; 0 when it is blocked or done.</summary>
    public int Enabled(byte* state, int thread)
    {
        ThreadHeader* next = Shape.Header(state, thread);
        return Enabled(next->Kind, ((int*)state)[next->Word], next->Alternatives, thread);
    }

    /// <summary>The same, from what the thread does next and the value of the word that this is about.</summary>
    internal static int Enabled(StepKind kind, int value, int alternatives, int thread)
    {
        switch (kind)
        {
            case StepKind.Done:
            case StepKind.Halted:
                return 0;
            case StepKind.Lock:
            case StepKind.DownRead:
            case StepKind.DownWrite:
            case StepKind.Sleep:
                return CanProceed(value, kind, thread) ? 1 : 0;
            default:
                return alternatives;
        }
    }

    /// <summary>Runs one transition in place on the attached vector. The step must be enabled.</summary>
    /// <param name="thread">The thread that moves.</param>
    /// <param name="choice">Which alternative it takes.</param>
    public void Run(int thread, int choice)
    {
        Me = thread;
        Choice = choice;
        header = Shape.Header(vector, thread);
        Raised.Clear();
        BeginStretch();
        BeginLog();
        if (header->Kind == StepKind.DownWrite && !IsFree(words[header->Word]))
        {
            QueueWriter(header->Word);
            EndLog();
            return;
        }

        byte* stack = (byte*)(header + 1);
        do
        {
            int* trailer = (int*)(stack + header->StackBytes - FrameTrailer);
            returned = false;
            FrameTypes.Resume[trailer[0]]((byte*)trailer - trailer[1]);
            if (!returned)
            {
                break;
            }

            header->StackBytes = (int)((byte*)trailer - trailer[1] - stack);
        }
        while (header->StackBytes > 0);

        Settle();
        EndLog();
        if (stopping)
        {
            StopThreads();
            return;
        }

        if (!LeavesFingerprints)
        {
            Shape.Rehash(vector, thread);
        }
    }

    /// <summary>Ids of a thread's frames, innermost first.</summary>
    public IReadOnlyList<int> Frames(byte* state, int thread)
    {
        byte* stack = (byte*)(Shape.Header(state, thread) + 1);
        int top = Shape.Header(state, thread)->StackBytes;
        var frames = new List<int>();
        while (top > 0)
        {
            int* trailer = (int*)(stack + top - FrameTrailer);
            frames.Add(trailer[0]);
            top -= FrameTrailer + trailer[1];
        }

        return frames;
    }

    /// <summary>
    /// A fingerprint of a thread's local state that is the same in every process: frames go into it by the names of their methods.
    /// </summary>
    internal ulong ContentFingerprint(byte* state, int thread)
    {
        ThreadHeader* of = Shape.Header(state, thread);
        byte* stack = (byte*)(of + 1);
        ulong hash = Fingerprint.Of((byte*)of + ThreadHeader.Uncovered, sizeof(ThreadHeader) - ThreadHeader.Uncovered);
        for (int top = of->StackBytes; top > 0;)
        {
            int* trailer = (int*)(stack + top - FrameTrailer);
            hash = Fingerprint.Combine(hash, FrameTypes.ContentOf(trailer[0]));
            hash = Fingerprint.Combine(hash, Fingerprint.Of((byte*)trailer - trailer[1], trailer[1]));
            top -= FrameTrailer + trailer[1];
        }

        return hash;
    }

    /// <summary>A word's value, unchecked: for the initial state, checks between steps, and inside a step already made visible.</summary>
    public ref int Word(int index)
    {
        Debug.Assert((uint)index < (uint)Layout.WordCount, "word out of range");
        LogWrite(index);
        return ref words[index];
    }

    /// <summary>Reports something wrong in this transition.</summary>
    public void Raise(ViolationKind kind, string name, int word = -1, string? detail = null)
    {
        Raised.Add(new Violation(kind, name), word);
        Recorder?.Violated(new Violation(kind, name), word, detail);
    }

    /// <summary>Says that the alternative being run is no step of its own (the same as another one).</summary>
    public void Prune() => pruned = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(pushBuffer);
        NativeMemory.Free(log);
        NativeMemory.AlignedFree(ownState);
    }

    internal void PushFrame<TFrame>(ref TFrame frame)
        where TFrame : IAsyncStateMachine
    {
        int size = (Unsafe.SizeOf<TFrame>() + 7) & ~7;
        int end = pushedBytes + size + FrameTrailer;
        if (end > PushBytes || pushed == MaxPushed)
        {
            throw new ModelException("a call chain too deep for the push buffer");
        }

        byte* at = pushBuffer + pushedBytes;
        *(long*)(at + size - sizeof(long)) = 0; // padding must not differ between equal states
        Unsafe.CopyBlock(ref *at, ref Unsafe.As<TFrame, byte>(ref frame), (uint)Unsafe.SizeOf<TFrame>());
        ((int*)(at + size))[0] = FrameType<TFrame>.Id;
        ((int*)(at + size))[1] = size;
        pushOffset[pushed++] = pushedBytes;
        pushedBytes = end;
    }

    internal void SetResult<T>(T value)
        where T : unmanaged
    {
        result = 0;
        Unsafe.As<long, T>(ref result) = value;
    }

    internal T TakeResult<T>()
        where T : unmanaged => Unsafe.As<long, T>(ref result);

    internal void OnReturn(bool wasSuspended)
    {
        Recorder?.Leave();
        returned |= wasSuspended;
    }

    /// <summary>
    /// A visible step may run without a scheduling point before it when it is the first of its stretch (acquires, then at most one
    /// non-mover, then releases: Lipton). Otherwise the thread suspends here.
    /// </summary>
    /// <returns>True when the step can be taken at once.</returns>
    internal bool TryInline(StepKind kind, int word, int alternatives = 1)
    {
        if (alternatives is < 1 or > byte.MaxValue)
        {
            throw new ModelException($"a step with {alternatives} alternatives");
        }

        if ((!committed && alternatives == 1) || RunsAlone)
        {
            return true;
        }

        Suspend(kind, word, alternatives);
        return false;
    }

    internal void Suspend(StepKind kind, int word, int alternatives = 1)
    {
        pendingKind = kind;
        pendingWord = word;
        pendingAlternatives = (byte)alternatives;
    }

    /// <summary>Marks the stretch's one non-mover as taken.</summary>
    internal void Commit() => committed = true;

    private void BeginStretch()
    {
        stopping = false;
        committed = false;
        pruned = false;
        returned = false;
        pushed = 0;
        pushedBytes = 0;
        pendingKind = StepKind.Done;
        pendingWord = 0;
        pendingAlternatives = 1;
    }

    // The innermost frame was pushed first: lay the new frames down in call order.
    private void Settle()
    {
        byte* stack = (byte*)(header + 1);
        int top = header->StackBytes;
        if (top + pushedBytes > Shape.StackBytes)
        {
            throw new ModelException($"thread {Me}: {top + pushedBytes} bytes of frames, room for {Shape.StackBytes}");
        }

        for (int i = pushed - 1, end = pushedBytes; i >= 0; i--)
        {
            int bytes = end - pushOffset[i];
            Unsafe.CopyBlock(stack + top, pushBuffer + pushOffset[i], (uint)bytes);
            top += bytes;
            end = pushOffset[i];
        }

        header->StackBytes = top;
        header->Kind = top == 0 ? StepKind.Done : pendingKind;
        header->Word = pendingWord;
        header->Alternatives = pendingAlternatives;
        if (top == 0 && header->HeldCount != 0)
        {
            Raise(ViolationKind.LockHeldAtExit, Layout.RangeOf(header->Held[0]).Name, header->Held[0]);
        }
    }
}
