using System.Runtime.CompilerServices;
using Faultline.Engine.Coroutines;
using Faultline.Engine.State;

namespace Faultline.Engine.Sync;

/// <summary>A handle to one word of the state vector, holding a <typeparamref name="T"/> of 32 bits.</summary>
/// <param name="Index">Index of the word.</param>
public readonly record struct Word<T>(int Index)
    where T : unmanaged
{
    /// <summary>The value, between steps or inside a step that is already visible: no check, no scheduling point.</summary>
    public T Raw
    {
        get => Unsafe.BitCast<int, T>(Execution.Current.Read(Index));
        set => Execution.Current.Word(Index) = Unsafe.BitCast<T, int>(value);
    }

    /// <summary>Reads under the guarding lock; without it this is a data race.</summary>
    public T Get() => Unsafe.BitCast<int, T>(Execution.Current.GuardedRead(Index));

    /// <summary>Writes a word without lockless readers under its guarding lock; without it this is a data race.</summary>
    public void Set(T value) => Execution.Current.GuardedWrite(Index, Unsafe.BitCast<T, int>(value));

    /// <summary>Reads without a lock, on purpose (READ_ONCE).</summary>
    public ReadStep<T> ReadOnce() => new(Index);

    /// <summary>Writes a word that can be seen without a lock; under its guarding lock where it has one.</summary>
    public WriteStep<T> Write(T value) => new(Index, value);

    /// <summary>A second write within a step already made visible, which nobody can tell from the first (one hardware operation).</summary>
    public void WriteAlso(T value) => Execution.Current.VisibleWrite(Index, Unsafe.BitCast<T, int>(value));

    /// <summary>A write by the hardware itself, within a step already made visible: no lock is needed (the dirty bit of a PTE).</summary>
    public void HardwareWrite(T value) => Execution.Current.HardwareWrite(Index, Unsafe.BitCast<T, int>(value));
}

/// <summary>A lockless read.</summary>
/// <param name="word">The word.</param>
/// <param name="neverChanges">The program cannot change it: no step at all.</param>
public readonly struct ReadStep<T>(int word, bool neverChanges = false) : IStep
    where T : unmanaged
{
    private readonly int known = neverChanges ? 1 : 0; // an int: no padding in the frame

    /// <summary>Lets it be awaited.</summary>
    public ReadStep<T> GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted => known != 0 || Execution.Current.TryInline(StepKind.Read, word);

    /// <summary>Reads.</summary>
    public T GetResult() =>
        Unsafe.BitCast<int, T>(known != 0 ? Execution.Current.Read(word) : Execution.Current.VisibleRead(word));
}

/// <summary>A write that others can see without a lock.</summary>
public readonly struct WriteStep<T>(int word, T value) : IStep
    where T : unmanaged
{
    /// <summary>Lets it be awaited.</summary>
    public WriteStep<T> GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted => Execution.Current.TryInline(StepKind.Write, word);

    /// <summary>Writes.</summary>
    public void GetResult() => Execution.Current.VisibleWrite(word, Unsafe.BitCast<T, int>(value));
}

/// <summary>
/// A scheduling point for one hardware operation that touches several words at once or can go several ways: what the model does up
/// to the next await is that operation.
/// </summary>
/// <param name="word">The word it is about, for reports.</param>
/// <param name="alternatives">How many ways it can go; <see cref="GetResult"/> says which.</param>
public readonly struct AccessStep(int word, int alternatives = 1) : IStep
{
    /// <summary>Lets it be awaited.</summary>
    public AccessStep GetAwaiter() => this;

    /// <summary>True when no scheduling point is needed.</summary>
    public bool IsCompleted => Execution.Current.TryInline(StepKind.Access, word, alternatives);

    /// <summary>Which alternative is taken.</summary>
    public int GetResult()
    {
        Execution.Current.Commit();
        return alternatives == 1 ? 0 : Execution.Current.Choice;
    }
}

/// <summary>Stops the running thread for good, as BUG() does.</summary>
public readonly struct HaltStep : IStep
{
    /// <summary>Lets it be awaited.</summary>
    public HaltStep GetAwaiter() => this;

    /// <summary>Never: the thread stays here.</summary>
    public bool IsCompleted
    {
        get
        {
            Execution.Current.Suspend(StepKind.Halted, 0);
            return false;
        }
    }

    /// <summary>Never reached.</summary>
    public void GetResult() => throw new ModelException("a halted thread was resumed");
}
