using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine;

/// <summary>
/// What a transition touched: each word read or written, and each lock taken, in order. A reduction learns from it which transitions
/// depend on each other.
/// </summary>
public sealed unsafe partial class Execution
{
    private const int LogCapacity = 1 << 14;

    private int* log;
    private int logCount;
    private int logLimit;

    /// <summary>Notes what transitions touch; off until a reduction asks for it.</summary>
    internal bool LogsAccesses
    {
        get => log != null;
        set
        {
            if (value && log == null)
            {
                log = (int*)NativeMemory.Alloc(LogCapacity, sizeof(int));
            }
        }
    }

    /// <summary>What the last transition touched: <see cref="Accesses"/> says how to read a code.</summary>
    internal ReadOnlySpan<int> Touched => new(log, logCount);

    /// <summary>A fingerprint of <see cref="Touched"/>.</summary>
    internal ulong TouchedFingerprint => Fingerprint.Of((byte*)log, logCount * sizeof(int));

    /// <summary>The same of a copy of it.</summary>
    internal static ulong FingerprintOf(int[] touched)
    {
        fixed (int* codes = touched)
        {
            return Fingerprint.Of((byte*)codes, touched.Length * sizeof(int));
        }
    }

    /// <summary>Checks the attached state, and notes which words the check reads.</summary>
    internal void CheckState(bool[] read)
    {
        Raised.Clear();
        BeginLog();
        Model.CheckState(this);
        if (logCount == logLimit)
        {
            Array.Fill(read, true); // more than the log holds
        }

        logLimit = 0;
        foreach (int code in Touched)
        {
            read[code >> Accesses.Shift] = true;
        }
    }

    /// <summary>True when the last transition stopped the machine, which changes every thread.</summary>
    internal bool StoppedMachine => stopping;

    /// <summary>A word's value, to read only; as <see cref="Word"/> otherwise.</summary>
    public int Read(int index)
    {
        LogRead(index);
        return words[index];
    }

    /// <summary>
    /// Sets bits of a word that is otherwise only ever read at the end: such steps commute with each other.
    /// </summary>
    public void SetBits(int index, int bits)
    {
        LogRead(index); // conflicts with writes and not with its like
        words[index] |= bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LogRead(int word) => Log((word << Accesses.Shift) | Accesses.Reads);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LogWrite(int word) => Log((word << Accesses.Shift) | Accesses.Writes);

    private void LogTaken(int lockWord, bool shared) =>
        Log((lockWord << Accesses.Shift) | (shared ? Accesses.TakesShared : Accesses.Takes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Log(int code)
    {
        if (logCount < logLimit)
        {
            log[logCount++] = code;
        }
    }

    private void BeginLog()
    {
        logCount = 0;
        logLimit = log == null ? 0 : LogCapacity;
    }

    private void EndLog()
    {
        if (logLimit != 0 && logCount == logLimit)
        {
            throw new ModelException($"one transition of thread {Me} touches more than {LogCapacity} words");
        }

        logLimit = 0;
    }
}

/// <summary>The codes of an access log: a word's index, and below it what was done.</summary>
internal static class Accesses
{
    /// <summary>Bits below the word's index.</summary>
    public const int Shift = 3;

    /// <summary>All of them.</summary>
    public const int KindMask = (1 << Shift) - 1;

    /// <summary>The word was read, or changed in a way that commutes with others of its kind.</summary>
    public const int Reads = 0;

    /// <summary>The word was written.</summary>
    public const int Writes = 1;

    /// <summary>The lock is taken exclusively from here on: nobody holds it.</summary>
    public const int Takes = 2;

    /// <summary>The lock is taken for reading from here on: nobody owns it.</summary>
    public const int TakesShared = 3;

    /// <summary>The lock is given up that was held exclusively.</summary>
    public const int Drops = 4;
}
