using Faultline.Engine.State;

namespace Faultline.Engine;

/// <summary>Where a run ends: every thread is done or none can move, or the machine stops.</summary>
public sealed unsafe partial class Execution
{
    private bool stopping;
    private bool wordsAreDone;

    /// <summary>True when every thread has returned, in the attached state.</summary>
    public bool IsDone => vector == null ? wordsAreDone : AllDone(vector);

    /// <summary>True when every thread has returned.</summary>
    public bool AllDone(byte* state)
    {
        for (int t = 0; t < Shape.Threads; t++)
        {
            if (Shape.Header(state, t)->Kind != StepKind.Done)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True when no thread can move.</summary>
    public bool IsFinal(byte* state)
    {
        for (int t = 0; t < Shape.Threads; t++)
        {
            if (Enabled(state, t) > 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks the attached state, in which no thread can move: an end, a BUG, or a hang.</summary>
    public void CheckFinal()
    {
        if (IsDone)
        {
            Model.CheckEnd(this);
        }
        else if (!AnyHalted(vector))
        {
            Violation stuck = Model.Stuck(this);
            Raise(stuck.Kind, stuck.Name);
        }
    }

    /// <summary>As <see cref="CheckFinal"/>; what was raised on the way there is forgotten.</summary>
    /// <returns>True when every thread has returned.</returns>
    public bool EndsWell()
    {
        Raised.Clear();
        CheckFinal();
        return IsDone;
    }

    /// <summary>True when a thread has stopped for good (BUG).</summary>
    public bool AnyHalted(byte* state)
    {
        for (int t = 0; t < Shape.Threads; t++)
        {
            if (Shape.Header(state, t)->Kind == StepKind.Halted)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends the run for every thread, after this transition: power fails. What threads were doing is forgotten.</summary>
    public void StopMachine() => stopping = true;

    private void StopThreads()
    {
        for (int t = 0; t < Shape.Threads; t++)
        {
            ThreadHeader* stopped = Shape.Header(vector, t);
            *stopped = default;
            stopped->Kind = StepKind.Halted;
            stopped->Alternatives = 1;
            Shape.Rehash(vector, t);
        }
    }
}
