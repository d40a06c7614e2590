namespace Faultline.Litmus;

/// <summary>Collects the errors of one file, at most <see cref="Limit"/>.</summary>
internal sealed class DiagnosticList(string path)
{
    public const int Limit = 20;

    private readonly List<Diagnostic> items = [];

    public int Count => items.Count;

    /// <summary>Adds an error to recover from; beyond the limit there is no going on.</summary>
    public void Add(InputError error)
    {
        AddLast(error);
        if (items.Count > Limit)
        {
            throw new InputError(error.Position, error.Message) { IsFatal = true };
        }
    }

    /// <summary>Adds an error after which nothing is read.</summary>
    public void AddLast(InputError error)
    {
        if (!error.IsConsequence && items.Count <= Limit)
        {
            string message = items.Count == Limit ? "too many errors; stopping here" : error.Message;
            items.Add(new Diagnostic(path, error.Position.Line, error.Position.Column, message));
        }
    }

    /// <summary>The errors in the order of the text.</summary>
    public IReadOnlyList<Diagnostic> ToSortedList() =>
        [.. items.OrderBy(d => d.Line).ThenBy(d => d.Column)];
}
