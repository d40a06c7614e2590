using Faultline.Engine.State;

namespace Faultline.Engine.Witnesses;

/// <summary>Kinds of things that happen within a step.</summary>
public enum EventKind
{
    /// <summary>A function was called.</summary>
    Call,

    /// <summary>A function returned.</summary>
    Return,

    /// <summary>A word changed.</summary>
    Write,

    /// <summary>A lock was taken.</summary>
    Acquire,

    /// <summary>A lock was released.</summary>
    Release,

    /// <summary>A remark of the model.</summary>
    Note,

    /// <summary>Something went wrong.</summary>
    Violation,
}

/// <summary>One thing that happened within a step.</summary>
/// <param name="Kind">What.</param>
/// <param name="Function">The function it happened in, in the modelled source's spelling.</param>
/// <param name="Depth">How many functions deep, 0 being the thread's body.</param>
/// <param name="Word">The word written, locked or complained of; -1: none.</param>
/// <param name="Before">The word's value before, as printed.</param>
/// <param name="After">The word's value after, as printed.</param>
/// <param name="Text">Name of the word, of the called function, or the remark.</param>
public sealed record StepEvent(
    EventKind Kind, string Function, int Depth, int Word, string Before, string After, string Text);

/// <summary>One step of a witness.</summary>
/// <param name="Number">1-based.</param>
/// <param name="Move">Who moved.</param>
/// <param name="Kind">What kind of step it was.</param>
/// <param name="Word">Name of the word the step is about.</param>
/// <param name="Stack">The thread's functions before the step, outermost first.</param>
/// <param name="Events">What happened, in order.</param>
/// <param name="Preemption">True when another thread ran before and could have gone on.</param>
public sealed record WitnessStep(
    int Number, Move Move, StepKind Kind, string Word, IReadOnlyList<string> Stack, IReadOnlyList<StepEvent> Events, bool Preemption);

/// <summary>Where a thread stands after the last step.</summary>
/// <param name="Thread">The thread.</param>
/// <param name="Stack">Its functions, outermost first; empty when it is done.</param>
/// <param name="Waiting">What its next step is about; null when it is done.</param>
/// <param name="Blocked">True when that step cannot be taken.</param>
/// <param name="Held">Names of the locks it holds, outermost first.</param>
public sealed record ThreadAtEnd(
    int Thread, IReadOnlyList<string> Stack, string? Waiting, bool Blocked, IReadOnlyList<string> Held);

/// <summary>A schedule replayed, step by step.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="Threads">Where each thread stands at the end.</param>
/// <param name="Switches">Context switches.</param>
/// <param name="Preemptions">Switches away from a thread that could have gone on.</param>
/// <param name="FinalWords">Every word's value after the last step.</param>
public sealed record Witness(
    Schedule Schedule,
    IReadOnlyList<WitnessStep> Steps,
    IReadOnlyList<ThreadAtEnd> Threads,
    int Switches,
    int Preemptions,
    IReadOnlyList<int> FinalWords)
{
    /// <summary>The last step before or at <paramref name="step"/> (an index) that changed a word, or null.</summary>
    public (WitnessStep Step, StepEvent Event)? LastChange(int word, int step)
    {
        for (int i = step; i >= 0; i--)
        {
            StepEvent? change = Steps[i].Events.LastOrDefault(e => e.Kind == EventKind.Write && e.Word == word);
            if (change is not null)
            {
                return (Steps[i], change);
            }
        }

        return null;
    }
}
