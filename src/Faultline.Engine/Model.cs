using System.Collections.Concurrent;
using Faultline.Engine.Coroutines;
using Faultline.Engine.State;

namespace Faultline.Engine;

/// <summary>A concurrent program to search: its words, its threads, and what must hold. Immutable while searching.</summary>
public abstract class Model
{
    private static readonly ConcurrentDictionary<Type, bool> Checking = new();
    private VectorShape? shape;

    /// <summary>The words and locks.</summary>
    public abstract Layout Layout { get; }

    /// <summary>Number of threads, at most <see cref="Layout.MaxThreads"/>.</summary>
    public abstract int Threads { get; }

    /// <summary>Room for one thread's frames, in bytes.</summary>
    public virtual int StackBytes => VectorShape.DefaultStackBytes;

    /// <summary>Shape of this model's state vectors.</summary>
    public VectorShape Shape => shape ??= new VectorShape(Layout.WordCount, Threads, StackBytes);

    /// <summary>Writes the initial words; they are zero before.</summary>
    public abstract void Initialise(Execution execution);

    /// <summary>Calls the body of a thread.</summary>
    public abstract Call Start(int thread);

    /// <summary>
    /// Checks a state between two steps; raises violations on the execution. It sees words, and whether every thread has returned: a state
    /// that differs from a checked one in no word that was read is not checked again.
    /// </summary>
    public virtual void CheckState(Execution execution)
    {
    }

    /// <summary>
    /// Groups of words that one check of <see cref="CheckState"/> reads together. A reduction keeps the order of all writes to a group, so that
    /// the check meets the same values in the same order. By default all words are one group, if states are checked at all.
    /// </summary>
    public virtual IReadOnlyList<IReadOnlyList<int>> CheckedTogether => ChecksStates ? [[.. Enumerable.Range(0, Layout.WordCount)]] : [];

    /// <summary>There is something that <see cref="CheckState"/> checks.</summary>
    internal bool ChecksStates =>
        Checking.GetOrAdd(GetType(), static type => type.GetMethod(nameof(CheckState))!.DeclaringType != typeof(Model));

    /// <summary>
    /// Threads that may change places, in groups: their programs are equal, and who they are stands only in lock and queue words and where
    /// <see cref="Layout.AddOwned"/> and <see cref="Layout.AddThreadBits"/> say so, in no frame and no other word. A search may then take states
    /// that differ only by that for one. None by default.
    /// </summary>
    public virtual IReadOnlyList<IReadOnlyList<int>> Interchangeable => [];

    /// <summary>Checks a state in which every thread has returned.</summary>
    public virtual void CheckEnd(Execution execution)
    {
    }

    /// <summary>How reports name a coroutine; by default <see cref="KernelNames"/>.</summary>
    /// <param name="name">The name that <see cref="KernelNames"/> gives it.</param>
    public virtual string FunctionName(string name) => name;

    /// <summary>A name for a state in which nobody can go on: by default a deadlock.</summary>
    public virtual Violation Stuck(Execution execution) => new(ViolationKind.Deadlock, "deadlock");
}

/// <summary>A defect of the model itself, not of what it models.</summary>
public sealed class ModelException(string message) : Exception(message);
