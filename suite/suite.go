// Package suite holds the checks: one small function per clause of the error contract, each bound to a situation. A
// check creates its situation on an operation and expects the answer that the contract gives for it. The package knows
// no operation, path, field, scope or code by name: it reads them from the contract. It does not know how checks are
// selected, run side by side or reported.
package suite

import (
	"conformance/internal/check"
)

// All is every check, by status of the refusal. An ID is never reused and never renumbered.
func All() []*check.Check {
	return []*check.Check{
		// 401
		&missingKey, &invalidKey, &revokedKey, &misplacedKey, &headerCase, &keyFirst, &eachWay, &challenge,
		// 403
		&missingScope, &unrelatedScope, &leastScope, &impliedScope, &deniedIP, &scopeFirst,
		// 400
		&missingField, &invalidField, &nullField, &malformedBody, &emptyObject, &invalidParameter, &unknownReference,
		&foreignReference, &partOfOther, &namesField, &lenientValues,
		// good input
		&validField, &requiredFieldsOnly, &extraField, &validParameter, &documentedSuccess, &successEnvelope, &membersOnce,
		&otherSpelling,
		// 404
		&invalidID, &unknownRecord, &foreignRecord, &unknownPath, &foreignLikeUnknown, &ownList, &pathCase, &otherNotation,
		&otherParent, &noForeignData,
		// 405
		&wrongMethod, &allowHeader,
		// 415
		&foreignMediaType,
		// status transitions
		&illegalTransition, &legalTransition, &unknownStatus, &changesAtOnce,
		// 409
		&duplicateCreate, &duplicateCase, &duplicateUpdate, &ownValue, &otherCompanysValue, &freedValue, &othersRepeat,
		&concurrentCreate,
		// refused, and nothing changed
		&refusedChange, &refusedCreate, &foreignChange, &untouchedOriginal, &noUpsert,
		// 429
		&flooding, &limitHeaders, &limitNumbers, &retryAfter, &servedAfterWait, &otherKeyUnaffected, &limitedWrite,
		&floodAnswers, &remainingIsHonoured,
		// 5xx
		&serverFault, &otherServerErrors, &oddInput,
	}
}
