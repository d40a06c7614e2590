using System.Text;
using Faultline.Engine.State;

namespace Faultline.Engine.Witnesses;

/// <summary>
/// Which later step depends on a change: the schedule is run again with the change undone right after it was made, and the first step of
/// another thread that goes otherwise is the one. It sees every way of depending on a word, reads under a lock too.
/// </summary>
public sealed class Undone : IRecorder
{
    private const string Next = "then ";

    private readonly Model model;
    private readonly Schedule schedule;
    private readonly StringBuilder text = new();
    private readonly List<string> steps = [];

    /// <summary>Prepares.</summary>
    /// <param name="model">The model.</param>
    /// <param name="schedule">The schedule.</param>
    public Undone(Model model, Schedule schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        this.model = model;
        this.schedule = schedule;
        using var execution = new Execution(model);
        execution.Initialise();
        execution.Recorder = this;
        foreach (Move move in schedule.Moves)
        {
            steps.Add(Take(execution, move));
        }
    }

    /// <summary>The first step of another thread that depends on a change.</summary>
    /// <param name="step">Index of the step that made the change.</param>
    /// <param name="word">The word that changed.</param>
    /// <returns>Index of the step, or -1: nobody else's step depends on it.</returns>
    public int FirstDependent(int step, int word)
    {
        using var execution = new Execution(model);
        execution.Initialise();
        int before = 0;
        for (int s = 0; s <= step; s++)
        {
            before = execution.Word(word);
            execution.Run(schedule.Moves[s].Thread, schedule.Moves[s].Choice);
        }

        execution.Word(word) = before;
        execution.Recorder = this;
        for (int s = step + 1; s < steps.Count; s++)
        {
            bool same = TryTake(execution, schedule.Moves[s], out string taken) && taken == steps[s];
            if (!same && schedule.Moves[s].Thread != schedule.Moves[step].Thread)
            {
                return s;
            }

            if (taken.Length == 0 || WayOf(taken) != WayOf(steps[s]))
            {
                return -1; // the thread itself goes another way: from here on the schedule means something else
            }
        }

        return -1;
    }

    /// <inheritdoc/>
    public void Enter(int frameId) => text.Append('E').Append(frameId).Append(' ');

    /// <inheritdoc/>
    public void Leave() => text.Append("L ");

    /// <inheritdoc/>
    public void Wrote(int word, int before, int after) => text.Append('W').Append(word).Append(':').Append(before).Append('>').Append(after).Append(' ');

    /// <inheritdoc/>
    public void Acquired(int lockWord, StepKind kind) => text.Append('A').Append(lockWord).Append(' ');

    /// <inheritdoc/>
    public void Released(int lockWord) => text.Append('R').Append(lockWord).Append(' ');

    /// <inheritdoc/>
    public void Note(string text) => this.text.Append(text).Append(' ');

    /// <inheritdoc/>
    public void Violated(Violation violation, int word, string? detail) => text.Append(violation).Append(detail).Append(' ');

    // What the step was and what the thread does next, without values.
    private static (string Step, string Next) WayOf(string taken) =>
        (taken[..taken.IndexOf(' ', StringComparison.Ordinal)], taken[(taken.LastIndexOf(Next, StringComparison.Ordinal) + Next.Length)..]);

    private unsafe string Take(Execution execution, Move move)
    {
        text.Clear();
        ThreadHeader* header = execution.Shape.Header(execution.Vector, move.Thread);
        text.Append(header->Kind).Append(header->Word).Append(' ');
        if (header->Kind == StepKind.Read)
        {
            text.Append(execution.Word(header->Word)).Append(' ');
        }

        execution.Run(move.Thread, move.Choice);
        header = execution.Shape.Header(execution.Vector, move.Thread);
        text.Append(Next).Append(header->Kind).Append(header->Word);
        return text.ToString();
    }

    private unsafe bool TryTake(Execution execution, Move move, out string taken)
    {
        taken = "";
        if (move.Choice >= execution.Enabled(execution.Vector, move.Thread))
        {
            return false;
        }

        try
        {
            taken = Take(execution, move);
            return true;
        }
        catch (ModelException)
        {
            return false; // a state that the model never gets into
        }
    }
}
