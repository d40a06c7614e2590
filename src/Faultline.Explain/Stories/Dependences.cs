using Faultline.Engine;
using Faultline.Engine.Witnesses;

namespace Faultline.Explain.Stories;

/// <summary>Which step of another thread depends on each change of a witness.</summary>
internal sealed class Dependences
{
    private const int LongestWitness = 2_000;

    private readonly Tape tape;
    private readonly Undone? undone;
    private readonly Dictionary<(int Step, int Word), Dependence?> known = [];

    public Dependences(Model model, Tape tape)
    {
        this.tape = tape;
        undone = tape.Steps.Count is > 1 and <= LongestWitness ? new Undone(model, tape.Witness.Schedule) : null;
    }

    /// <summary>The first one, for a change made in a step, by its index; null: none.</summary>
    public Dependence? Of(int step, int word)
    {
        if (undone is null || word < 0)
        {
            return null;
        }

        if (!known.TryGetValue((step, word), out Dependence? later))
        {
            int dependent = undone.FirstDependent(step, word);
            later = dependent < 0 ? null : new Dependence(tape.Steps[dependent].Number, tape.Steps[dependent].Move.Thread);
            known[(step, word)] = later;
        }

        return later;
    }
}
