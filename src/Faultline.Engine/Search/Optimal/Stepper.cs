using System.Runtime.InteropServices;
using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.State;

namespace Faultline.Engine.Search.Optimal;

/// <summary>
/// Takes steps and says what they touch. To what a transition itself touches comes the word that it may have to wait for; and where it has
/// alternatives, what any of them would touch: so whether one of them is a step at all depends on nothing else.
/// </summary>
internal sealed unsafe class Stepper : IDisposable
{
    /// <summary>Instead of a set: the alternative is no step of its own.</summary>
    public const int Pruned = -1;

    private readonly Execution execution;
    private readonly ulong[] touched;
    private readonly byte* sibling;

    public Stepper(Execution execution)
    {
        this.execution = execution;
        execution.LogsAccesses = true;
        Sets = new AccessSets(execution.Model);
        touched = new ulong[Sets.Length];
        sibling = NewState();
    }

    /// <summary>What steps touch.</summary>
    public AccessSets Sets { get; }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>The step taken last stopped the machine.</summary>
    public bool StoppedMachine { get; private set; }

    /// <summary>Room for a state, to be freed with <see cref="NativeMemory.AlignedFree"/>.</summary>
    public byte* NewState() => execution.Shape.NewVector();

    /// <summary>Takes a step; <see cref="Execution.Raised"/> has what it found wrong.</summary>
    /// <param name="from">A state in which the thread can transition.</param>
    /// <param name="to">Gets the next state.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="choice">The alternative.</param>
    /// <returns>The number of what it touches, or <see cref="Pruned"/>.</returns>
    public int Take(byte* from, byte* to, int thread, int choice)
    {
        touched.AsSpan().Clear();
        Sets.Read(touched, Sets.Everybody);
        ThreadHeader* next = execution.Shape.Header(from, thread);
        if (IsWaiting(next->Kind))
        {
            Sets.Read(touched, next->Word);
        }

        for (int other = 0; other < next->Alternatives; other++)
        {
            if (other != choice)
            {
                Run(from, sibling, thread, other);
            }
        }

        Run(from, to, thread, choice);
        StoppedMachine = execution.StoppedMachine;
        return execution.Pruned ? Pruned : Sets.Intern(touched);
    }

    /// <summary>Takes a step of which it is known what it touches.</summary>
    public void Again(byte* state, Transition transition)
    {
        execution.Attach(state);
        execution.Run(transition.Thread, transition.Choice);
        Steps++;
    }

    /// <summary>Steps that may have to wait for a word.</summary>
    public static bool IsWaiting(StepKind kind) => kind is StepKind.Lock or StepKind.DownRead or StepKind.DownWrite or StepKind.Sleep;

    /// <inheritdoc/>
    public void Dispose()
    {
        Sets.Dispose();
        NativeMemory.AlignedFree(sibling);
    }

    private void Run(byte* from, byte* to, int thread, int choice)
    {
        execution.Shape.Copy(from, to);
        execution.Attach(to);
        execution.Run(thread, choice);
        Steps++;
        foreach (int code in execution.Touched)
        {
            int word = code >> Accesses.Shift;
            if ((code & Accesses.KindMask) is Accesses.Reads or Accesses.TakesShared)
            {
                Sets.Read(touched, word);
            }
            else
            {
                Sets.Write(touched, word);
            }
        }

        if (execution.StoppedMachine)
        {
            Sets.Write(touched, Sets.Everybody);
        }
    }
}
