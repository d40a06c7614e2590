using CsCheck;

namespace Faultline.Engine.Tests.Programs;

/// <summary>What a thread of a random program can do.</summary>
public enum OpKind
{
    /// <summary>Lockless read of a visible word into the thread's history.</summary>
    Read,

    /// <summary>Visible write of a constant.</summary>
    Write,

    /// <summary>Visible write of the thread's history.</summary>
    WriteHistory,

    /// <summary>Read of a word under its lock.</summary>
    Get,

    /// <summary>Write of a word under its lock.</summary>
    Set,

    /// <summary>Lockless read of the word that is written under mutex 0.</summary>
    Peek,

    /// <summary>Write of that word, under mutex 0.</summary>
    Publish,

    /// <summary>One of two alternatives, noted in the history.</summary>
    Choose,
    Lock,
    Unlock,
    DownRead,
    DownWrite,
    UpRead,
    UpWrite,
    DownShared,
    UpShared,
    Enqueue,
    Sleep,
    WakeOne,
    WakeAll,

    /// <summary>Reads a visible word again and again until it has a value: an endless loop where it never gets it.</summary>
    SpinUntil,
}

/// <summary>One operation.</summary>
/// <param name="Kind">What.</param>
/// <param name="Target">Which word or lock of its kind.</param>
/// <param name="Value">What is written.</param>
public readonly record struct Op(OpKind Kind, int Target = 0, int Value = 0)
{
    public override string ToString() => $"{Kind}({Target},{Value})";
}

/// <summary>
/// A random program: straight-line threads over three visible words, two mutexes, two semaphores (one never written), a wait queue,
/// and words that these guard. Free of data races by construction; may deadlock.
/// </summary>
/// <param name="Threads">Operations of each thread.</param>
public sealed record SmallProgram(Op[][] Threads)
{
    public const int VisibleWords = 3;
    public const int Mutexes = 2;

    private const int MaxOps = 12;
    private const int MaxWitnessOps = 6;

    // Mostly the same word, so that the threads meet.
    private static readonly Gen<int> AnyWord = Gen.Frequency((3, Gen.Const(0)), (2, Gen.Const(1)), (1, Gen.Const(2)));

    private static readonly Gen<Op> VisibleOp = Gen.OneOf(
        AnyWord.Select(w => new Op(OpKind.Read, w)),
        Gen.Select(AnyWord, Gen.Int[1, 3], (w, v) => new Op(OpKind.Write, w, v)),
        AnyWord.Select(w => new Op(OpKind.WriteHistory, w)));

    private static readonly Gen<Op[]> Simple = Gen.Frequency(
        (6, VisibleOp.Select(o => new[] { o })),
        (1, Gen.Const(new[] { new Op(OpKind.Peek) })),
        (1, Gen.Const(new[] { new Op(OpKind.Choose) })),
        (1, Gen.Const(new[] { new Op(OpKind.WakeOne) })),
        (1, Gen.Const(new[] { new Op(OpKind.WakeAll) })),
        (1, VisibleOp.Array[0, 1].Select(inner => Wrap(new Op(OpKind.Enqueue), inner, new Op(OpKind.Sleep)))));

    /// <summary>Programs of two or three threads of up to twelve operations.</summary>
    public static Gen<SmallProgram> Any { get; } = Of(MaxOps, 3);

    /// <summary>The same, and threads may spin: the state graph has cycles, and some programs never end.</summary>
    public static Gen<SmallProgram> Spinning { get; } = Gen.Select(Of(8, 3), Gen.Int[0, 100].Array[6]).Select((program, places) =>
        new SmallProgram([.. program.Threads.Select((ops, t) => Inserted(ops, places[2 * t], places[(2 * t) + 1]))]));

    /// <summary>Programs small enough to follow every schedule of.</summary>
    public static Gen<SmallProgram> Tiny { get; } = Of(MaxWitnessOps, 3).Where(p => p.Threads.Sum(t => t.Length) <= 12);

    /// <summary>Programs of two to four threads, some with equal operations; threads may spin.</summary>
    public static Gen<SmallProgram> Twins { get; } = Gen.Select(
        Gen.OneOf(Spinning, Of(8, 2)).Where(p => p.Threads.Sum(t => t.Length) <= 16), Gen.Int[0, 3].Array[1, 2]).Select((program, twins) =>
        new SmallProgram([.. program.Threads.Take(4 - twins.Length), .. twins.Select(t => program.Threads[t % Math.Min(program.Threads.Length, 4 - twins.Length)])]))
        .Where(p => p.Threads.Sum(t => t.Length) <= 20);

    public override string ToString() => string.Join(" || ", Threads.Select(t => string.Join(' ', t)));

    private static Gen<SmallProgram> Of(int maxOps, int maxThreads) =>
        Block(2, semaphores: true).Array[1, 6]
            .Select(blocks => blocks.SelectMany(b => b).ToArray())
            .Where(ops => ops.Length <= maxOps)
            .Array[2, maxThreads]
            .Select(threads => new SmallProgram(threads));

    private static Gen<Op[]> Block(int depth, bool semaphores)
    {
        if (depth == 0)
        {
            return Simple;
        }

        var choices = new List<(int, Gen<Op[]>)> { (4, Simple), (3, MutexSection(depth, semaphores)) };
        if (semaphores)
        {
            choices.Add((1, Section(OpKind.DownRead, OpKind.UpRead, 0, Gen.Const(new Op(OpKind.Get, 2)), depth, false)));
            choices.Add((1, Section(OpKind.DownShared, OpKind.UpShared, 0, Gen.Const(new Op(OpKind.Get, 3)), depth, false)));
            choices.Add((1, Section(OpKind.DownWrite, OpKind.UpWrite, 0, GuardedOp(2), depth, false)));
        }

        return Gen.Frequency([.. choices]);
    }

    private static Gen<Op[]> MutexSection(int depth, bool semaphores) => Gen.OneOf(
        Section(OpKind.Lock, OpKind.Unlock, 0, Gen.OneOf(GuardedOp(0), PublishOp), depth, semaphores),
        Section(OpKind.Lock, OpKind.Unlock, 1, GuardedOp(1), depth, semaphores));

    private static Gen<Op> PublishOp => Gen.Int[1, 3].Select(v => new Op(OpKind.Publish, 0, v));

    private static Gen<Op> GuardedOp(int word) => Gen.OneOf(
        Gen.Const(new Op(OpKind.Get, word)),
        Gen.Int[1, 3].Select(v => new Op(OpKind.Set, word, v)));

    private static Gen<Op[]> Section(OpKind enter, OpKind leave, int target, Gen<Op> guarded, int depth, bool semaphores) =>
        Gen.Frequency((3, guarded.Select(o => new[] { o })), (2, Block(depth - 1, semaphores))).Array[0, 2]
            .Select(inner => Wrap(new Op(enter, target), inner.SelectMany(b => b), new Op(leave, target)));

    private static Op[] Inserted(Op[] ops, int place, int what)
    {
        int at = place % (ops.Length + 1);
        return what % 3 == 0 ? ops : [.. ops[..at], new Op(OpKind.SpinUntil, what % 2, what % 4), .. ops[at..]];
    }

    private static Op[] Wrap(Op first, IEnumerable<Op> inner, Op last) => [first, .. inner, last];
}
