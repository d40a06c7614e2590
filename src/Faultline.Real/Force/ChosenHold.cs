using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Real.Lab;

namespace Faultline.Real.Force;

/// <summary>A place that the user chose to hold a thread at.</summary>
/// <param name="Turn">Which turn ends there, from 1.</param>
/// <param name="Function">A function of the kernel.</param>
/// <param name="Offset">Bytes behind its beginning, where an instruction begins.</param>
/// <param name="Occurrence">Which time it comes there in the turn, from 1.</param>
public sealed partial record ChosenHold(int Turn, string Function, ulong Offset, int Occurrence)
{
    /// <summary>Reads <c>TURN:FUNCTION+0xOFFSET@TIME</c>, the last two if need be.</summary>
    /// <returns>Null: it is none.</returns>
    public static ChosenHold? Parse(string text)
    {
        Match m = Form().Match(text);
        return !m.Success ? null : new ChosenHold(
            int.Parse(m.Groups["turn"].ValueSpan, CultureInfo.InvariantCulture),
            m.Groups["function"].Value,
            m.Groups["offset"].Success ? ulong.Parse(m.Groups["offset"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture) : 0,
            m.Groups["time"].Success ? int.Parse(m.Groups["time"].ValueSpan, CultureInfo.InvariantCulture) : 1);
    }

    /// <summary>The turns with this one changed.</summary>
    /// <exception cref="LabException">There is no such turn, or the kernel has no such function.</exception>
    public IReadOnlyList<Turn> In(IReadOnlyList<Turn> turns, Symbols symbols)
    {
        if (Turn < 1 || Turn > turns.Count || turns[Turn - 1].End == TurnEnd.Done)
        {
            throw new LabException($"faultline: --hold {Turn}:{Function}: there are {turns.Count} turns, and only one that ends within a thread can end elsewhere");
        }

        if (!symbols.Has(Function))
        {
            throw new LabException($"faultline: --hold {Turn}:{Function}: the kernel has no function of that name, or several");
        }

        var hold = new HoldPoint(Function, AtReturn: false, Occurrence, IsExact: true, Offset);
        return [.. turns.Select((t, i) => i == Turn - 1 ? t with { End = TurnEnd.Held, Hold = hold } : t)];
    }

    [GeneratedRegex(@"^(?<turn>\d{1,4}):(?<function>[A-Za-z_][A-Za-z_0-9]*)(?:\+0x(?<offset>[0-9a-fA-F]{1,8}))?(?:@(?<time>[1-9]\d{0,3}))?$")]
    private static partial Regex Form();
}
