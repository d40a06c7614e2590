using Faultline.Litmus.Conditions;
using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>
/// A test's condition as C, as far as it can be seen: one expression that holds only when the condition does for certain, one that holds
/// whenever it may. They differ where the condition asks for what no program sees.
/// </summary>
/// <param name="observed">What is seen.</param>
/// <param name="name">The C expression for the value of an observable.</param>
internal sealed class ConditionText(ObservedSet observed, Func<Observable, string> name)
{
    private const string Yes = "true", No = "false";

    /// <summary>The proposition as C.</summary>
    /// <param name="certain">Holds only when the condition does; else whenever it may.</param>
    /// <param name="hang">For a round that does not end: nothing but the hang is seen.</param>
    public string Expression(bool certain, bool hang) => Text(observed.Test.Condition.Proposition, unseenHolds: !certain, hang).Text;

    // What cannot be seen counts as holding, or as not, whichever keeps the whole on its side; so it turns round in a negation.
    private (string Text, int Rank) Text(Proposition proposition, bool unseenHolds, bool hang) => proposition switch
    {
        True => (Yes, 3),
        Atom atom => (Text(atom, unseenHolds, hang), 2),
        Not not => Negated(Text(not.Operand, !unseenHolds, hang)),
        And and => Joined(and.Operands.Select(o => Text(o, unseenHolds, hang)), "&&", Yes, No, 1),
        Or or => Joined(or.Operands.Select(o => Text(o, unseenHolds, hang)), "||", No, Yes, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(proposition)),
    };

    private string Text(Atom atom, bool unseenHolds, bool hang)
    {
        if (atom.Observable is HangEvent)
        {
            return (hang == (atom.Value != 0)) == atom.IsEqual ? Yes : No;
        }

        return hang || !observed.Sees(atom.Observable)
            ? unseenHolds ? Yes : No
            : $"{name(atom.Observable)} {(atom.IsEqual ? "==" : "!=")} {atom.Value}";
    }

    private static (string, int) Negated((string Text, int Rank) inner) => inner.Text switch
    {
        Yes => (No, 3),
        No => (Yes, 3),
        _ => ($"!({inner.Text})", 3),
    };

    private static (string, int) Joined(IEnumerable<(string Text, int Rank)> parts, string by, string neutral, string deciding, int rank)
    {
        List<(string Text, int Rank)> kept = [.. parts.Where(p => p.Text != neutral)];
        return kept.Count == 0 ? (neutral, 3)
            : kept.Any(p => p.Text == deciding) ? (deciding, 3)
            : kept.Count == 1 ? kept[0]
            : (string.Join($" {by} ", kept.Select(p => p.Rank <= 1 ? $"({p.Text})" : p.Text)), rank);
    }
}
