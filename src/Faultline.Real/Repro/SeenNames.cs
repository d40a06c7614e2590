using Faultline.Litmus.Conditions;
using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>The C names of what is observed: places in the array that a round fills.</summary>
internal sealed class SeenNames
{
    private readonly ObservedSet observed;
    private readonly List<(Observable Observable, string Name)> names = [];

    public SeenNames(ObservedSet observed)
    {
        this.observed = observed;
        var used = new HashSet<string>();
        foreach (Observable observable in observed.Values.Concat(observed.Signals))
        {
            string name = "SEEN_" + Identifier(observable.LogName);
            while (!used.Add(name))
            {
                name += "_";
            }

            names.Add((observable, name));
        }
    }

    /// <summary>What every state line shows.</summary>
    public IReadOnlyList<Observable> Values => observed.Values;

    /// <summary>The name of one.</summary>
    public string Of(Observable observable) => names.First(n => n.Observable == observable).Name;

    /// <summary>Is it observed?</summary>
    public bool Has(Observable observable) => names.Any(n => n.Observable == observable);

    /// <summary>The C enumeration.</summary>
    public string Enumeration()
    {
        IEnumerable<string> signals = observed.Signals.Select((s, i) => i == 0 ? $"{Of(s)} = SIGNALS" : Of(s));
        string all = string.Join(", ", [.. observed.Values.Select(Of), "SIGNALS", .. signals, "OBSERVED"]);
        return "// What is seen at the end of a round; from SIGNALS on, what a state line shows only when it came.\nenum {\n"
            + string.Join('\n', CText.Wrapped(all, "    ")) + "\n};\n";
    }

    /// <summary>The table of the names in state lines.</summary>
    public string Table()
    {
        string[] none = observed.Signals.Count == 0 ? ["\"\""] : [];
        IEnumerable<string> entries = names.Select(n => CText.Literal(n.Observable.LogName)).Concat(none);
        return string.Join('\n', CText.Wrapped($"static const char *const observed[] = {{ {string.Join(", ", entries)} }};", "", 130)) + "\n";
    }

    /// <summary>What the threads' signals are at the end of a round.</summary>
    public string SignalCopies() => string.Join("\n        ", names.Select(n => n.Observable switch
    {
        SigbusEvent bus => $"shared->seen[copy][{n.Name}] = (shared->signals[copy][{bus.Thread}] & BUS) != 0;",
        SigsegvEvent segv => $"shared->seen[copy][{n.Name}] = (shared->signals[copy][{segv.Thread}] & SEGV) != 0;",
        _ => "",
    }).Where(line => line.Length > 0));

    private static string Identifier(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_')).Trim('_');
}
