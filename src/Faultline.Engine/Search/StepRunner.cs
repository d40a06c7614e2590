using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>
/// Runs the model's code on collapsed states, from one scheduling point to the next, and keeps what each step did, so that it need not be run
/// again; checks the states that steps lead to. For one worker.
/// </summary>
/// <param name="execution">The worker's context. Collects lock orders and logs accesses.</param>
/// <param name="collapse">What the threads' parts of states can be.</param>
/// <param name="wordsChecked">Gets true for each word that a check of some state has read. Grows only.</param>
internal sealed unsafe class StepRunner(Execution execution, Collapse collapse, bool[] wordsChecked) : IDisposable
{
    private readonly VectorShape shape = execution.Shape;

    /// <summary>The steps kept.</summary>
    public StepCache Cache { get; } = new(execution.Shape, collapse);

    /// <summary>A state in full: the last one unfolded, from which the last step was run.</summary>
    public byte* Before { get; } = execution.Shape.NewVector();

    /// <summary>A state in full: where the last step that was run led.</summary>
    public byte* After { get; } = execution.Shape.NewVector();

    /// <summary>Writes a state out in full: see <see cref="Before"/>.</summary>
    public byte* Unfold(byte* state)
    {
        collapse.Unfold(state, Before);
        return Before;
    }

    /// <summary>In how many ways a thread can move whose step is not kept. Keeps that it cannot.</summary>
    public int Enabled(byte* state, int thread)
    {
        int number = collapse.PartsOf(state)[thread];
        ref ThreadPart part = ref collapse[number];
        int alternatives = Execution.Enabled(part.Kind, ((int*)state)[part.Word], part.Alternatives, thread);
        if (alternatives == 0)
        {
            Cache.KeepBlocked((int*)state, thread, number);
        }

        return alternatives;
    }

    /// <summary>Runs a step. The context is attached to <see cref="After"/> then.</summary>
    /// <param name="from">The state before it.</param>
    /// <param name="to">Gets the state after it; of no use if the step was pruned.</param>
    /// <param name="thread">Who takes it.</param>
    /// <param name="choice">The alternative.</param>
    /// <param name="alternatives">Of how many; 0: the step is kept already.</param>
    public void Run(byte* from, byte* to, int thread, int choice, int alternatives)
    {
        Unfold(from);
        shape.Copy(Before, After);
        execution.Attach(After);
        execution.Run(thread, choice);
        if (execution.StoppedMachine)
        {
            collapse.Fold(execution, After, to);
            return;
        }

        Buffer.MemoryCopy(from, to, collapse.StateBytes, collapse.StateBytes);
        Buffer.MemoryCopy(After, to, shape.WordBytes, shape.WordBytes);
        collapse.PartsOf(to)[thread] = execution.Pruned ? 0 : collapse.NumberOf(execution, After, thread);
        if (alternatives > 0)
        {
            Cache.Keep(execution, from, to, alternatives);
        }
    }

    /// <summary>
    /// Must the state be checked that a kept step led to? A check that reads none of the words that the step has changed finds what it found before.
    /// </summary>
    public bool NeedsCheck(CachedStep* step)
    {
        bool needed = collapse[step->To].Kind == StepKind.Done;
        int* change = (int*)(step + 1);
        for (int i = 0; i < step->Changes; i++)
        {
            needed |= wordsChecked[change[2 * i]];
        }

        return needed;
    }

    /// <summary>Checks a state: see <see cref="Execution.Raised"/>.</summary>
    public void Check(byte* state)
    {
        execution.AttachWords(state, collapse.AllDone(state));
        execution.CheckState(wordsChecked);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Cache.Dispose();
        NativeMemory.AlignedFree(Before);
        NativeMemory.AlignedFree(After);
    }
}
